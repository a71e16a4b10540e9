import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AppError } from './errors.ts';
import { encodeFrame, encodeFrameParts, FrameDecoder, type Frame, type FrameLimits } from './frame-codec.ts';

function decode(chunks: readonly Uint8Array[], limits?: FrameLimits) {
  const frames: Frame[] = [];
  const errors: AppError[] = [];
  const decoder = new FrameDecoder((frame) => frames.push(frame), (error) => errors.push(error), limits); // prettier-ignore
  for (const chunk of chunks) decoder.push(chunk);
  return { frames, codes: errors.map(({ code }) => code), isAtBorder: decoder.isAtBorder };
}

function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let offset = 0, index = 0; offset < bytes.length; index++) {
    const size = sizes.length === 0 ? bytes.length : sizes[index % sizes.length]!;
    chunks.push(bytes.subarray(offset, offset + size));
    offset += size;
  }
  return chunks;
}

const frames = fc.array(fc.record({ message: fc.dictionary(fc.string(), fc.jsonValue()), buffers: fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 3 }) }), { maxLength: 4 }); // prettier-ignore
const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

test('frames come out as they went in, however the stream is cut', () => {
  fc.assert(
    fc.property(frames, fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 5 }), (sent, sizes) => {
      const stream = new Uint8Array(sent.flatMap(({ message, buffers }) => [...encodeFrame(message, buffers)]));
      const { frames: received, codes, isAtBorder } = decode(cut(stream, sizes));
      expect(codes).toEqual([]);
      expect(isAtBorder).toBe(true);
      expect(received.map(({ message, buffers }) => ({ message, buffers }))).toEqual(
        sent.map(({ message, buffers }) => ({ message: json(message), buffers: buffers.map((buffer) => Uint8Array.from(buffer)) })),
      );
    }),
    { seed: 1 },
  );
});

test('garbage never throws, is reported at most once, and nothing after it is believed', () => {
  const good = encodeFrame({ a: 1 });
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 6 }), (chunks) => {
      const { frames: received, codes } = decode([Uint8Array.of(0), ...chunks, good]);
      expect(received).toEqual([]);
      expect(codes.length).toBeLessThanOrEqual(1);
    }),
    { seed: 2 },
  );
});

test('one changed byte gives the frame, another frame or one error, and never an exception', () => {
  const whole = encodeFrame({ type: 'hello', list: [1, 2, 3] }, [Uint8Array.of(1, 2, 3), new Uint8Array(9)]);
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (place, change) => {
      const changed = whole.slice();
      changed[place] = changed[place]! ^ change;
      const { frames: received, codes } = decode([changed]);
      expect(received.length + codes.length).toBeLessThanOrEqual(1);
    }),
    { seed: 3, numRuns: 500 },
  );
});

test('a frame over the limits is refused by its header alone', () => {
  const limits = { maxJsonBytes: 100, maxBuffers: 2, maxFrameBytes: 1000 };
  const header = (jsonBytes: number, ...buffers: number[]) => {
    const bytes = new Uint8Array(12 + 4 * buffers.length);
    const view = new DataView(bytes.buffer);
    [0x3152_5453, jsonBytes, buffers.length, ...buffers].forEach((value, index) => view.setUint32(4 * index, value, true));
    return bytes;
  };
  expect(decode([header(101)], limits).codes).toEqual(['frameTooLarge']);
  expect(decode([header(1, 1, 1, 1)], limits).codes).toEqual(['frameTooLarge']);
  expect(decode([header(1, 500, 500)], limits).codes).toEqual(['frameTooLarge']);
  expect(decode([header(2, 0xffff_ffff)], limits).codes).toEqual(['frameTooLarge']);
  expect(decode([header(100, 500, 400)], limits).codes).toEqual([]);
  expect(() => encodeFrameParts({ text: 'x'.repeat(200) }, [], limits)).toThrow('at most 100');
});

test('text that is not UTF-8 or not JSON is a protocol error', () => {
  const frame = encodeFrame({ a: 'b' });
  const broken = frame.slice();
  broken[frame.length - 3] = 0xff;
  expect(decode([broken]).codes).toEqual(['protocolError']);
  expect(decode([frame.with(frame.length - 1, 0x20)]).codes).toEqual(['protocolError']);
});

test('a stream that ends inside a frame is not at a border', () => {
  expect(decode([encodeFrame({ a: 1 }).subarray(0, 14)]).isAtBorder).toBe(false);
});
