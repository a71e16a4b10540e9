import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../contract/errors.ts';
import { bytesSource, type ByteSource } from '../byte-source.ts';
import { maxTensors, readSafetensorsHeader } from './read-header.ts';
import { writeSafetensors } from './write.ts';

const encoder = new TextEncoder();

function file(header: string | Uint8Array, data = 0, declared?: bigint): Uint8Array<ArrayBuffer> {
  const json = typeof header === 'string' ? encoder.encode(header) : header;
  const bytes = new Uint8Array(8 + json.length + data);
  new DataView(bytes.buffer).setBigUint64(0, declared ?? BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

async function codeOf(bytes: Uint8Array): Promise<string> {
  try {
    await readSafetensorsHeader(bytesSource(bytes));
    return 'accepted';
  } catch (error) {
    return error instanceof AppError ? error.code : String(error);
  }
}

const entry = (fields: string): string => `{"a":{${fields}}}`;
const good = '"dtype":"F32","shape":[2],"data_offsets":[0,8]';

describe('a safetensors header is refused', () => {
  const cases: readonly (readonly [what: string, bytes: Uint8Array, code: string])[] = [
    ['empty file', new Uint8Array(0), 'tooSmall'],
    ['7 bytes', new Uint8Array(7), 'tooSmall'],
    ['8 bytes of FF', new Uint8Array(8).fill(255), 'headerTooLarge'],
    ['length 0', file('', 8, 0n), 'headerLength'],
    ['length 1', file('{', 8, 1n), 'headerLength'],
    ['length beyond the file', file('{}', 0, 3n), 'headerLength'],
    ['length 2^40', file('{}', 0, 2n ** 40n), 'headerTooLarge'],
    ['length 2^53', file('{}', 0, 2n ** 53n), 'headerTooLarge'],
    ['length 2^63', file('{}', 0, 2n ** 63n), 'headerTooLarge'],
    ['length 100,000,001', file('{}', 0, 100_000_001n), 'headerTooLarge'],
    ['not UTF-8', file(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d)), 'notUtf8'],
    ['byte order mark', file('\uFEFF{}'), 'notJson'],
    ['a list', file('[]'), 'notJson'],
    ['not JSON', file('{a:1}'), 'notJson'],
    ['something after the object', file('{} x'), 'notJson'],
    ['an open object', file('{"a":'), 'notJson'],
    ['a trailing comma', file('{"__metadata__":{},}'), 'notJson'],
    ['a raw newline in a name', file('{"a\n":{}}'), 'notJson'],
    ['a lone surrogate in a name', file('{"\\ud800":{}}'), 'notJson'],
    ['2,000,000 nested lists', file(`{"a":${'['.repeat(2_000_000)}`), 'notJson'],
    ['5,000,000 values', file(`{"a":[${'1,'.repeat(5_000_000)}1]}`), 'notJson'],
    ['100,001 texts of metadata', file(`{"__metadata__":{${Array.from({ length: 100_001 }, (_, i) => `"${i}":""`).join()}}}`), 'notJson'],
    ['a duplicate name', file(`{"a":{${good}},"a":{${good}}}`, 8), 'duplicateKey'],
    ['a duplicate name by escape', file(`{"a":{${good}},"\\u0061":{${good}}}`, 8), 'duplicateKey'],
    ['a duplicate field', file(entry(`${good},"dtype":"F16"`), 8), 'duplicateKey'],
    ['metadata of numbers', file('{"__metadata__":{"a":1}}'), 'badMetadata'],
    ['metadata that is a text', file('{"__metadata__":"a"}'), 'badMetadata'],
    ['an unknown dtype', file(entry('"dtype":"F33","shape":[2],"data_offsets":[0,8]'), 8), 'badDtype'],
    ['a dtype of Object.prototype', file(entry('"dtype":"constructor","shape":[2],"data_offsets":[0,8]'), 8), 'badDtype'],
    ['no shape', file(entry('"dtype":"F32","data_offsets":[0,8]'), 8), 'badShape'],
    ['a negative size', file(entry('"dtype":"F32","shape":[-2],"data_offsets":[0,8]'), 8), 'badShape'],
    ['a size of 2.0', file(entry('"dtype":"F32","shape":[2.0],"data_offsets":[0,8]'), 8), 'badShape'],
    ['a size of 2^60', file(entry('"dtype":"F32","shape":[1152921504606846976],"data_offsets":[0,8]'), 8), 'badShape'],
    ['rank 9', file(entry('"dtype":"F32","shape":[1,1,1,1,1,1,1,1,2],"data_offsets":[0,8]'), 8), 'badShape'],
    ['one offset', file(entry('"dtype":"F32","shape":[2],"data_offsets":[0]'), 8), 'badOffsets'],
    ['reversed offsets', file(entry('"dtype":"F32","shape":[2],"data_offsets":[8,0]'), 8), 'badOffsets'],
    ['offsets as text', file(entry('"dtype":"F32","shape":[2],"data_offsets":["0","8"]'), 8), 'badOffsets'],
    ['a fractional offset', file(entry('"dtype":"F32","shape":[2],"data_offsets":[0,8.5]'), 8), 'badOffsets'],
    ['a hole at the start', file(entry('"dtype":"F32","shape":[2],"data_offsets":[4,12]'), 12), 'hole'],
    ['a missing last byte', file(entry(good), 7), 'hole'],
    ['one byte too many', file(entry(good), 9), 'hole'],
    ['overlapping tensors', file(`{"a":{${good}},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}`, 12), 'hole'],
    ['a size that does not fit the shape', file(entry('"dtype":"F32","shape":[3],"data_offsets":[0,8]'), 8), 'sizeMismatch'],
    ['half a byte', file(entry('"dtype":"F4","shape":[3],"data_offsets":[0,1]'), 1), 'sizeMismatch'],
    ['a product beyond 2^64', file(entry('"dtype":"F32","shape":[2147483648,2147483648],"data_offsets":[0,8]'), 8), 'overflow'],
    ['an entry that is no object', file('{"a":[]}'), 'notJson'],
    ['more tensors than allowed', file(`{${Array.from({ length: maxTensors + 2 }, (_, i) => `"${i}":0`).join()}}`), 'tooManyTensors'],
    ['a pickle', encoder.encode('\u0080\u0002}q\u0000.'.repeat(9)).subarray(1), 'notSafetensors'],
    ['a zip archive', Uint8Array.from([0x50, 0x4b, 3, 4, ...new Uint8Array(30)]), 'notSafetensors'],
    ['a web page', encoder.encode('\n<!DOCTYPE html><html><body>404 Not Found</body></html>'), 'notSafetensors'],
    ['a GGUF file', encoder.encode('GGUF\u0003\0\0\0\0\0\0\0\0\0'), 'notSafetensors'],
    ['a Git LFS pointer', encoder.encode('version https://git-lfs.github.com/spec/v1\noid sha256:0\n'), 'notSafetensors'],
  ];
  it.each(cases)('%s', async (_, bytes, code) => {
    expect(await codeOf(bytes)).toBe(code);
  });

  it('with a sentence, expected and found', async () => {
    const bytes = file(entry('"dtype":"F32","shape":[3],"data_offsets":[0,8]'), 8);
    await expect(readSafetensorsHeader(bytesSource(bytes))).rejects.toMatchObject({
      message: 'This is not a valid safetensors file. Tensor "a": size of shape [3] in bytes: expected 12, found 8.',
      details: { expected: 12, got: 8, tensor: 'a' },
    });
  });

  it('when the file is cut between two reads', async () => {
    const bytes = file(entry(good), 8);
    const source: ByteSource = {
      size: bytes.length,
      read: (offset, length) => Promise.resolve(bytes.subarray(offset, Math.min(offset + length, offset === 0 ? 512 : 20))),
    };
    await expect(readSafetensorsHeader(source)).rejects.toMatchObject({ code: 'changedOnDisk' });
  });
});

describe('a safetensors header is accepted', () => {
  const cases: readonly (readonly [what: string, bytes: Uint8Array])[] = [
    ['without tensors', file('{}')],
    ['with trailing spaces', file('{}      ')],
    ['with rank 0', file(entry('"dtype":"F32","shape":[],"data_offsets":[0,4]'), 4)],
    ['with a size of 0', file(`{"z":{"dtype":"F32","shape":[0,7],"data_offsets":[8,8]},"a":{${good}}}`, 8)],
    ['with packed 4-bit values', file(entry('"dtype":"F4","shape":[4],"data_offsets":[0,2]'), 2)],
    ['with unknown fields', file(entry(`${good},"note":{"x":[1.5e3,true,null]}`), 8)],
  ];
  it.each(cases)('%s', async (_, bytes) => {
    expect(await codeOf(bytes)).toBe('accepted');
  });

  it('with names that are properties of objects, as plain names', async () => {
    const names = ['__proto__', 'constructor', 'a.__class__.b', 'toString'];
    const tensors = new Map(names.map((name) => [name, { dtype: 'U8', shape: [1], data: Uint8Array.of(7) }]));
    const header = await readSafetensorsHeader(bytesSource(writeSafetensors(tensors, new Map([['format', 'pt']]))));
    expect([...header.tensors.keys()].sort()).toEqual([...names].sort());
    expect(header.metadata).toEqual(new Map([['format', 'pt']]));
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as Record<string, unknown>)['dtype']).toBeUndefined();
  });
});

/** The verdict by the rules, written independently: JSON.parse and plain arithmetic, for headers that differ in one field. */
function oracle(header: Record<string, { dtype: unknown; shape: unknown; data_offsets: unknown }>, dataBytes: number): boolean {
  const bits: Record<string, bigint> = { F32: 32n, F16: 16n, U8: 8n, I64: 64n };
  const isCount = (value: unknown): value is number =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0);
  const spans: [number, number][] = [];
  for (const { dtype, shape, data_offsets: offsets } of Object.values(header)) {
    const size = typeof dtype === 'string' ? bits[dtype] : undefined;
    if (size === undefined || !Array.isArray(shape) || shape.length > 8 || !shape.every(isCount)) return false;
    if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) return false;
    const [begin = 0, end = 0] = offsets;
    const total = shape.reduce((product, next) => product * BigInt(next), size);
    if (end < begin || total !== BigInt(end - begin) * 8n) return false;
    spans.push([begin, end]);
  }
  spans.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  return spans.every(([begin], i) => begin === (spans[i - 1]?.[1] ?? 0)) && (spans.at(-1)?.[1] ?? 0) === dataBytes;
}

describe('a valid file with one field changed', () => {
  const dtypes = ['F32', 'F16', 'U8', 'I64'] as const;
  const width = { F32: 4, F16: 2, U8: 1, I64: 8 };
  const tensor = fc.record({ dtype: fc.constantFrom(...dtypes), shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }) });
  const odd = fc.oneof(
    fc.integer({ min: -3, max: 99 }),
    fc.double(),
    fc.constantFrom(2 ** 53, 2 ** 31, '1', null, true, [], [0, 0], {}, 'F32', 'BF17'),
  );

  it('gets the same verdict as the oracle', async () => {
    const property = fc.asyncProperty(
      fc.array(tensor, { minLength: 1, maxLength: 5 }),
      fc.record({
        tensor: fc.nat(4),
        field: fc.constantFrom('dtype', 'shape', 'shape item', 'begin', 'end', 'file size', 'nothing'),
        value: odd,
        item: fc.nat(3),
      }),
      async (tensors, change) => {
        const header: Record<string, { dtype: unknown; shape: unknown; data_offsets: unknown[] }> = {};
        let position = 0;
        tensors.forEach(({ dtype, shape }, index) => {
          const bytes = shape.reduce((product, size) => product * size, width[dtype]);
          header[`t${index}`] = { dtype, shape: [...shape], data_offsets: [position, position + bytes] };
          position += bytes;
        });
        let dataBytes = position;
        const target = header[`t${change.tensor % tensors.length}`];
        if (!target) throw new Error('no target');
        if (change.field === 'dtype') target.dtype = change.value;
        if (change.field === 'shape') target.shape = change.value;
        if (change.field === 'shape item') (target.shape as unknown[])[change.item] = change.value;
        if (change.field === 'begin') target.data_offsets[0] = change.value;
        if (change.field === 'end') target.data_offsets[1] = change.value;
        if (change.field === 'file size' && typeof change.value === 'number')
          dataBytes = Math.min(4096, Math.max(0, Math.trunc(change.value) || 0));
        const json = JSON.stringify(header);
        // The text is what counts: JSON has no NaN, no -0 and no holes in lists.
        const expected = oracle(JSON.parse(json) as typeof header, dataBytes);
        const isExponent = /\d[eE.]/.test(json);
        const code = await codeOf(file(json, dataBytes));
        if (isExponent && code !== 'accepted') return;
        expect(code === 'accepted').toBe(expected);
      },
    );
    await fc.assert(property, { seed: 20_261_122, numRuns: 2000 });
  });

  it('never fails with anything but a code when bytes are flipped', async () => {
    const base = writeSafetensors(new Map([['weight', { dtype: 'F16', shape: [2, 3], data: new Uint8Array(12) }], ['bias', { dtype: 'F32', shape: [], data: new Uint8Array(4) }]])); // prettier-ignore
    const property = fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(base.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 }),
      async (flips) => {
        const bytes = base.slice();
        for (const [at, value] of flips) bytes[at] = value;
        expect(await codeOf(bytes)).toMatch(/^[a-zA-Z0-9]+$/);
      },
    );
    await fc.assert(property, { seed: 7, numRuns: 2000 });
  });
});
