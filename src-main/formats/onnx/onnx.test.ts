import { describe, expect, it } from 'vitest';
import { bytesSource, type ByteSource } from '../byte-source.ts';
import { onnxRefusals } from './inspect-onnx.ts';
import { readOnnxHeader } from './read-onnx-header.ts';

const text = (value: string): number[] => [...new TextEncoder().encode(value)];
function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) + 128);
  }
}
const field = (number: number, ...body: number[][]): number[] => [...varint(number * 8 + 2), ...varint(body.flat().length), ...body.flat()];
const number = (which: number, value: number): number[] => [...varint(which * 8), ...varint(value)];
const external = (location: string): number[] =>
  field(5, field(8, text('w')), field(13, field(1, text('location')), field(2, text(location))));
/** A TypeProto: sizes as [number], open ones by a name. */
const tensor = (type: number, ...sizes: (number[] | string)[]): number[] => {
  const dimensions = sizes.map((size) => field(1, typeof size === 'string' ? field(2, text(size)) : number(1, size[0] ?? 0)));
  return field(2, field(1, number(1, type), ...(sizes.length === 0 ? [] : [field(2, ...dimensions)])));
};
const opset = (domain: string, version: number): number[] =>
  field(8, ...(domain === '' ? [] : [field(1, text(domain))]), number(2, version));
const node = (operation: string, domain = '', ...attributes: number[][]): number[] =>
  field(1, field(4, text(operation)), ...(domain === '' ? [] : [field(7, text(domain))]), ...attributes);
const model = (...graph: number[][]): Uint8Array => Uint8Array.from([...number(1, 9), ...opset('', 17), ...field(7, ...graph)]);
const refusals = async (bytes: Uint8Array): Promise<string[]> => onnxRefusals(await readOnnxHeader(bytesSource(bytes)));

describe('the header of an ONNX file', () => {
  it('tells operations, operation sets, weights, inputs and outputs', async () => {
    const subgraph = field(5, field(6, node('Relu')));
    const bytes = model(
      node('Conv'),
      node('If', '', subgraph),
      node('FusedConv', 'com.microsoft'),
      external('weights.bin'),
      field(11, field(1, text('x')), tensor(1, [1], [3], 'height', 'width')),
      field(11, field(1, text('w'))),
      field(12, field(1, text('y')), tensor(10)),
      field(12, field(1, text('list')), field(2, field(4, []))),
    );
    const header = await readOnnxHeader(bytesSource(bytes));
    expect(header).toEqual({
      irVersion: 9,
      opsets: new Map([['', 17]]),
      operations: new Map([['Conv', 1], ['Relu', 1], ['If', 1], ['com.microsoft:FusedConv', 1]]), // prettier-ignore
      functions: 0,
      initializers: 1,
      external: [{ name: 'w', location: 'weights.bin', offset: 0, length: undefined }],
      inputs: [{ name: 'x', type: 'float32', shape: [1, 3, -1, -1] }],
      outputs: [
        { name: 'y', type: 'float16', shape: undefined },
        { name: 'list', type: 'no tensor', shape: undefined },
      ],
    });
    expect(onnxRefusals(header)).toEqual([]);
  });

  it('is read without reading the weights inside', async () => {
    const inline = field(5, field(8, text('big')), field(9, [...new Uint8Array(300_000)]));
    const bytes = model(inline, node('Conv'));
    let read = 0;
    const source: ByteSource = {
      size: bytes.length,
      read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + (read += length) * 0 + length)),
    };
    expect((await readOnnxHeader(source)).initializers).toBe(1);
    expect(read).toBeLessThan(200_000);
  });

  it('is refused when weights are outside the folder, operations unknown or functions there', async () => {
    for (const location of ['../secret', '/etc/passwd', 'a/../../b', 'C:\\x', 'sub/dir.bin', '', '..'])
      expect(await refusals(model(external(location)))).toHaveLength(1);
    expect(await refusals(model(node('Evil', 'my.ops')))).toEqual(['It has the unknown operation "my.ops:Evil".']);
    expect(await refusals(Uint8Array.from([...model(node('Relu')), ...field(25, field(7, field(4, text('Relu'))))]))).toEqual([
      'It has 1 functions of its own; none were expected.',
    ]);
    expect(await refusals(Uint8Array.from([...model(node('Relu')), ...opset('', 99)]))).toEqual([
      'Its operation set is 99; 7 to 25 were expected.',
    ]);
  });

  it('is refused when bytes are cut, garbage or nested too deep', async () => {
    const good = model(node('Conv'), external('w.bin'));
    for (const bytes of [
      new Uint8Array(0),
      good.subarray(0, good.length - 3),
      Uint8Array.from(text('hello world, this is no model')),
      new Uint8Array(100).fill(255),
    ]) {
      await expect(readOnnxHeader(bytesSource(bytes))).rejects.toMatchObject({ code: 'badOnnx' });
    }
    let deep = node('Relu');
    for (let i = 0; i < 200; i++) deep = node('If', '', field(5, field(6, deep)));
    await expect(readOnnxHeader(bytesSource(model(deep)))).rejects.toMatchObject({ code: 'badOnnx' });
  });
});
