import { AttentionBias, LowerTriangularMaskWithTensorBias } from './bias/attention-bias.ts';
import { BlockDiagonalMask } from './bias/block-diagonal.ts';
import { ValueError } from './errors.ts';
import { noBias, type BiasFacts } from './ops/inputs.ts';
import { torchName, tuple, type StridedTensor } from './strided/tensor.ts';

export interface RawInputs {
  readonly query: StridedTensor;
  readonly key: StridedTensor;
  readonly value: StridedTensor;
  readonly attnBias: AttentionBias | StridedTensor | null | undefined;
  readonly p: number;
}

export function isTensor(bias: AttentionBias | StridedTensor): bias is StridedTensor {
  return !(bias instanceof AttentionBias);
}

export function describeBias(bias: RawInputs['attnBias']): BiasFacts {
  if (!bias) return noBias;
  if (isTensor(bias)) return { form: 'dense', typeName: "<class 'torch.Tensor'>", tensor: bias };
  const typeName = `<class 'xformers.ops.fmha.attn_bias.${bias.constructor.name}'>`;
  return { form: bias.form, typeName, ...(bias instanceof LowerTriangularMaskWithTensorBias ? { tensor: bias.bias } : {}) };
}

/** Throws ValueError in the words and the order of xformers' Inputs.validate_inputs (fmha/common.py). */
export function validateInputs({ query, key, value, attnBias, p }: RawInputs): void {
  const operands = [query, key, value];
  const rank = query.shape.length;
  const shapes = `  query.shape: ${tuple(query.shape)}\n  key.shape  : ${tuple(key.shape)}\n  value.shape: ${tuple(value.shape)}`;
  if (rank < 3 || rank > 5 || operands.some(({ shape }) => shape.length !== rank)) {
    throw new ValueError(`Query/Key/Value should all have BMGHK, BMHK or BMK shape.\n${shapes}`);
  }
  if (operands.some(({ device }) => device.id !== query.device.id)) {
    throw new ValueError('Query/Key/Value should all be on the same device');
  }
  const stored = attnBias ? (isTensor(attnBias) ? attnBias : storedPart(attnBias)) : undefined;
  if (stored && stored.device.id !== query.device.id) {
    throw new ValueError(
      'Attention bias and Query/Key/Value should be on the same device\n' +
        `  query.device: ${query.device.id}\n  attn_bias   : ${stored.device.id}\n`,
    );
  }
  if (operands.some(({ dtype }) => dtype !== query.dtype)) {
    throw new ValueError(
      'Query/Key/Value should either all have the same dtype, or (in the quantized case) Key/Value should have dtype torch.int32\n' +
        `  query.dtype: ${torchName(query.dtype)}\n  key.dtype  : ${torchName(key.dtype)}\n  value.dtype: ${torchName(value.dtype)}`,
    );
  }
  if (rank === 3 && attnBias && !isTensor(attnBias) && !attnBias.supportsBmk) {
    throw new ValueError(`Please provide inputs in BMHK format rather than BMK when using bias type \`${attnBias.constructor.name}\``);
  }
  validateBias(operands, attnBias, stored, shapes);
  if (!(p >= 0 && p <= 1)) throw new ValueError(`Invalid dropout probability: p=${p}`);
  if (!shapesFit(query.shape, key.shape, value.shape)) {
    throw new ValueError(
      `Incompatible shapes for attention inputs:\n${shapes}\n` +
        "HINT: We don't support broadcasting, please use `expand` yourself before calling `memory_efficient_attention` if you need to",
    );
  }
}

function validateBias(
  [query, key]: readonly StridedTensor[],
  attnBias: RawInputs['attnBias'],
  stored: StridedTensor | undefined,
  shapes: string,
): void {
  if (stored) {
    const [batch, rows, ...heads] = query!.shape.slice(0, -1) as [number, number, ...number[]];
    const expected = [batch, ...heads, rows, key!.shape[1]!];
    if (stored.shape.join() !== expected.join()) {
      throw new ValueError(`Invalid shape for attention bias: ${tuple(stored.shape)} (expected ${tuple(expected)})\n${shapes}`);
    }
  }
  if (attnBias instanceof BlockDiagonalMask && (query!.shape[0] !== 1 || key!.shape[0] !== 1)) {
    throw new ValueError(`Expected batch_size=1 when using block-diagonal bias\n${shapes}`);
  }
}

function storedPart(bias: AttentionBias): StridedTensor | undefined {
  return bias instanceof LowerTriangularMaskWithTensorBias ? bias.bias : undefined;
}

/** Equal batch and heads; keys as wide as queries; as many values as keys. */
function shapesFit(query: readonly number[], key: readonly number[], value: readonly number[]): boolean {
  const middle = (shape: readonly number[]) => [shape[0], ...shape.slice(2, -1)].join();
  return middle(query) === middle(key) && middle(key) === middle(value) && query.at(-1) === key.at(-1) && key[1] === value[1];
}
