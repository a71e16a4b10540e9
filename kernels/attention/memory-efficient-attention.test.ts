import { describe, expect, test } from 'vitest';
import { LowerTriangularFromBottomRightMask, LowerTriangularMask, LowerTriangularMaskWithTensorBias } from './bias/attention-bias.ts';
import { BlockDiagonalMask } from './bias/block-diagonal.ts';
import { referenceDevice, webgpuDevice } from './device/device.ts';
import { NotImplementedError, ValueError } from './errors.ts';
import { memoryEfficientAttention } from './memory-efficient-attention.ts';
import { opNames } from './ops/op.ts';
import { AllocationMeter } from './ops/meter.ts';
import {
  cast,
  expand,
  narrow,
  permute,
  select,
  tensor,
  toFloat32,
  transpose,
  zeros,
  type StridedTensor,
  type TensorOptions,
} from './strided/tensor.ts';

/** Values in [-1, 1) from a linear congruence. */
function made(seed: number, shape: readonly number[], options: TensorOptions = {}): StridedTensor {
  let state = seed;
  const count = shape.reduce((product, size) => product * size, 1);
  return tensor(
    shape,
    Float32Array.from({ length: count }, () => (state = (Math.imul(1664525, state) + 1013904223) >>> 0) / 2 ** 31 - 1),
    options,
  );
}

const query = made(1, [2, 5, 2, 8]);
const key = made(2, [2, 7, 2, 8]);
const value = made(3, [2, 7, 2, 6]);
const apple = webgpuDevice({ vendor: 'apple', features: ['subgroups'] });

function thrownBy(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

describe('inputs', () => {
  test('may be strided views whose last stride is 1: slices of a fused projection need no copy', () => {
    const qkv = made(4, [1, 9, 3, 2, 8]);
    const parts = [0, 1, 2].map((part) => select(qkv, 2, part)) as [StridedTensor, StridedTensor, StridedTensor];
    const copies = parts.map((part) => tensor(part.shape, toFloat32(part))) as [StridedTensor, StridedTensor, StridedTensor];
    expect(parts[1].data).toBe(qkv.data);
    expect(toFloat32(memoryEfficientAttention(...parts))).toEqual(toFloat32(memoryEfficientAttention(...copies)));
  });

  test('of [B, M, K] are one head, and the output keeps the rank', () => {
    const [q, k, v] = [query, key, value].map((operand) => select(operand, 2, 1)) as [StridedTensor, StridedTensor, StridedTensor];
    const whole = memoryEfficientAttention(query, key, value);
    const one = memoryEfficientAttention(q, k, v);
    expect(one.shape).toEqual([2, 5, 6]);
    expect(toFloat32(one)).toEqual(toFloat32(select(whole, 2, 1)));
  });

  test('of [B, M, G, H, K] are grouped heads; keys may be expanded without a copy', () => {
    const grouped = made(5, [1, 4, 2, 3, 8]);
    const keys = expand(made(6, [1, 6, 2, 1, 8]), [1, 6, 2, 3, 8]);
    const values = expand(made(7, [1, 6, 2, 1, 8]), [1, 6, 2, 3, 8]);
    const out = memoryEfficientAttention(grouped, keys, values);
    const flat = memoryEfficientAttention(
      tensor([1, 4, 6, 8], toFloat32(grouped)),
      tensor([1, 6, 6, 8], toFloat32(keys)),
      tensor([1, 6, 6, 8], toFloat32(values)),
    );
    expect(out.shape).toEqual([1, 4, 2, 3, 8]);
    expect(toFloat32(out)).toEqual(toFloat32(flat));
  });

  test('give an output of the query type, or of the one asked for', () => {
    const half = [query, key, value].map((operand) => cast(operand, 'f16')) as [StridedTensor, StridedTensor, StridedTensor];
    expect(memoryEfficientAttention(...half).dtype).toBe('f16');
    expect(memoryEfficientAttention(...half, { outputDtype: 'f32' }).dtype).toBe('f32');
  });
});

describe('every op', () => {
  const able = opNames.filter((name) => !name.startsWith('onnx'));

  test('gives the same result within rounding', () => {
    const [q, k, v] = [made(8, [1, 70, 2, 8]), made(9, [1, 130, 2, 8]), made(10, [1, 130, 2, 8])];
    const expected = toFloat32(memoryEfficientAttention(q, k, v, { op: 'math' }));
    for (const op of able) {
      const got = toFloat32(memoryEfficientAttention(q, k, v, { op }));
      expect(Math.max(...got.map((number, index) => Math.abs(number - expected[index]!)))).toBeLessThan(1e-6);
    }
  });

  test('drops the same weights for the same seed, and others for another', () => {
    const drop = (op: (typeof opNames)[number], seed: number) =>
      toFloat32(memoryEfficientAttention(query, key, value, { p: 0.5, seed, op }));
    const expected = drop('math', 7);
    for (const op of ['sliced', 'chunked', 'blocked', 'flash', 'memory-efficient'] as const) {
      expect(Math.max(...drop(op, 7).map((number, index) => Math.abs(number - expected[index]!)))).toBeLessThan(1e-6);
    }
    expect(drop('math', 8)).not.toEqual(expected);
    expect(toFloat32(memoryEfficientAttention(query, key, value, { p: 1 })).every((number) => number === 0)).toBe(true);
  });

  test('keeps the mean of the output under dropout', () => {
    const ones = tensor([1, 64, 1, 8], new Float32Array(512).fill(1));
    const out = toFloat32(memoryEfficientAttention(made(11, [1, 64, 1, 8]), made(12, [1, 64, 1, 8]), ones, { p: 0.3, seed: 1 }));
    expect(out.reduce((sum, number) => sum + number, 0) / out.length).toBeCloseTo(1, 1);
  });

  test('stores scores as its kind says: all, a head, a chunk, a sixteenth, a block', () => {
    const [q, k, v] = [made(13, [1, 512, 4, 8]), made(14, [1, 512, 4, 8]), made(15, [1, 512, 4, 8])];
    const bytes = (op: (typeof opNames)[number]) => {
      const meter = new AllocationMeter();
      memoryEfficientAttention(q, k, v, { op, meter });
      return meter.peakBytes('scores');
    };
    const all = 4 * 512 * 512 * 4;
    expect(bytes('math')).toBe(all);
    expect(bytes('sliced')).toBe(all / 4);
    expect(bytes('blocked')).toBe(all / 4 / 16);
    expect(bytes('flash')).toBe(64 * 32 * 4);
    expect(bytes('memory-efficient')).toBe(64 * 64 * 4);
  });
});

describe('masks by rule', () => {
  const [q, k, v] = [made(16, [1, 6, 1, 4]), made(17, [1, 9, 1, 4]), made(18, [1, 9, 1, 4])];
  const dense = (mask: { materialize: (shape: readonly number[]) => StridedTensor }) => mask.materialize([1, 1, 6, 9]);

  test('equal their materialised tensors', () => {
    const blocks = BlockDiagonalMask.fromSeqlens([2, 1, 3], [4, 2, 3]);
    const masks = [
      new LowerTriangularMask(),
      new LowerTriangularFromBottomRightMask(),
      blocks,
      blocks.makeCausal(),
      blocks.makeCausalFromBottomRight(),
      new LowerTriangularMaskWithTensorBias(made(19, [1, 1, 6, 9])),
    ];
    for (const mask of masks) {
      const expected = toFloat32(memoryEfficientAttention(q, k, v, { attnBias: dense(mask) }));
      expect(toFloat32(memoryEfficientAttention(q, k, v, { attnBias: mask }))).toEqual(expected);
    }
  });

  test('give 0, not NaN, for queries that see nothing', () => {
    const mask = BlockDiagonalMask.fromSeqlens([4, 2], [0, 9]);
    const out = toFloat32(memoryEfficientAttention(q, k, v, { attnBias: mask }));
    expect([...out.subarray(0, 16)]).toEqual(new Array(16).fill(0));
    expect(out.subarray(16).every(Number.isFinite)).toBe(true);
  });

  test('join sequences of several lengths and split the output again', () => {
    const list = [made(20, [1, 3, 1, 4]), made(21, [2, 2, 1, 4]), made(22, [1, 1, 1, 4])];
    const [mask, joined] = BlockDiagonalMask.fromTensorList(list);
    expect(joined.shape).toEqual([1, 8, 1, 4]);
    const parts = mask.split(memoryEfficientAttention(joined, joined, joined, { attnBias: mask }));
    expect(parts.map(({ shape }) => shape)).toEqual(list.map(({ shape }) => shape));
    list.forEach((part, index) => expect(toFloat32(parts[index]!)).toEqual(toFloat32(memoryEfficientAttention(part, part, part))));
  });

  test('add a tensor to the causal mask', () => {
    expect(new LowerTriangularMask().addBias(made(23, [1, 1, 6, 9]))).toBeInstanceOf(LowerTriangularMaskWithTensorBias);
  });
});

describe('errors in the words of the field', () => {
  const cases: readonly [string, () => unknown, RegExp][] = [
    ['rank', () => memoryEfficientAttention(zeros([4, 8]), zeros([4, 8]), zeros([4, 8])), /^Query\/Key\/Value should all have BMGHK, BMHK or BMK shape\.\n {2}query\.shape: \(4, 8\)\n/],
    ['mixed ranks', () => memoryEfficientAttention(query, select(key, 2, 0), value), /^Query\/Key\/Value should all have BMGHK/],
    ['devices', () => memoryEfficientAttention(query, { ...key, device: apple }, value), /^Query\/Key\/Value should all be on the same device$/],
    ['device of the bias', () => memoryEfficientAttention(query, key, value, { attnBias: zeros([2, 2, 5, 7], { device: apple }) }), /^Attention bias and Query\/Key\/Value should be on the same device\n/],
    ['types', () => memoryEfficientAttention(query, cast(key, 'f16'), value), /^Query\/Key\/Value should either all have the same dtype, or \(in the quantized case\) Key\/Value should have dtype torch\.int32\n {2}query\.dtype: torch\.float32\n {2}key\.dtype {2}: torch\.float16/],
    ['bias without heads', () => memoryEfficientAttention(made(1, [1, 4, 8]), made(1, [1, 4, 8]), made(1, [1, 4, 8]), { attnBias: BlockDiagonalMask.fromSeqlens([4]) }), /^Please provide inputs in BMHK format rather than BMK when using bias type `BlockDiagonalMask`$/],
    ['broadcast bias', () => memoryEfficientAttention(query, key, value, { attnBias: zeros([1, 1, 5, 7]) }), /^Invalid shape for attention bias: \(1, 1, 5, 7\) \(expected \(2, 2, 5, 7\)\)\n/],
    ['batch of blocks', () => memoryEfficientAttention(query, key, value, { attnBias: BlockDiagonalMask.fromSeqlens([5], [7]) }), /^Expected batch_size=1 when using block-diagonal bias\n/],
    ['dropout', () => memoryEfficientAttention(query, key, value, { p: 1.5 }), /^Invalid dropout probability: p=1\.5$/],
    ['shapes', () => memoryEfficientAttention(query, narrow(key, 1, 0, 6), value), /^Incompatible shapes for attention inputs:\n[^]*\nHINT: We don't support broadcasting, please use `expand` yourself before calling `memory_efficient_attention` if you need to$/],
  ]; // prettier-ignore

  test.each(cases)('a ValueError for %s', (_, run, words) => {
    const error = thrownBy(run);
    expect(error).toBeInstanceOf(ValueError);
    expect(error.message).toMatch(words);
  });

  test('a ValueError with all reasons when a forced op cannot serve', () => {
    const last = permute(made(24, [1, 4, 8, 2]), [0, 1, 3, 2]);
    const error = thrownBy(() => memoryEfficientAttention(last, last, last, { op: 'onnx-mha', p: 0.1 }));
    expect(error).toBeInstanceOf(ValueError);
    expect(error.message).toBe(
      [
        'Operator `memory_efficient_attention` does not support inputs:',
        '     query       : shape=(1, 4, 2, 8) (torch.float32)',
        '     key         : shape=(1, 4, 2, 8) (torch.float32)',
        '     value       : shape=(1, 4, 2, 8) (torch.float32)',
        "     attn_bias   : <class 'NoneType'>",
        '     p           : 0.1',
        '`onnx-mha` is not supported because:',
        "    back end=reference (supported: {'onnx'})",
        '    query.stride(-1) > 1 (query.stride() = (64, 16, 1, 2)) - you should call `.contiguous()` on the input',
        '    key.stride(-1) > 1 (key.stride() = (64, 16, 1, 2)) - you should call `.contiguous()` on the input',
        '    value.stride(-1) > 1 (value.stride() = (64, 16, 1, 2)) - you should call `.contiguous()` on the input',
      ].join('\n'),
    );
  });

  test('a NotImplementedError with every op and its reasons when none can serve', () => {
    const inputs = [query, key, value].map((operand) => ({ ...cast(operand, 'bf16'), device: apple })) as [
      StridedTensor,
      StridedTensor,
      StridedTensor,
    ];
    const error = thrownBy(() => memoryEfficientAttention(...inputs));
    expect(error).toBeInstanceOf(NotImplementedError);
    expect(error.message).toMatch(
      /^No operator found for `memory_efficient_attention_forward` with inputs:\n {5}query {7}: shape=\(2, 5, 2, 8\) \(torch\.bfloat16\)\n/,
    );
    expect(error.message).toContain('\n`flash` is not supported because:\n    dtype=torch.bfloat16 (supported: {torch.float32})');
    expect(error.message).toContain('\n`math` is not supported because:\n');
  });

  test('an input whose last stride is not 1 is refused by every op', () => {
    const turned = transpose(made(25, [1, 2, 8, 4]), 2, 3);
    expect(turned.device).toBe(referenceDevice);
    expect(() => memoryEfficientAttention(turned, turned, turned)).toThrow(NotImplementedError);
  });
});
