import { elementCount } from '../tensor.ts';
import { referenceDevice, type Device } from './device/device.ts';
import { expand, tensor, tuple, type StridedTensor } from './strided/tensor.ts';
import { tensorBias, type ScoreBias } from './bias/score-bias.ts';
import { ValueError } from './errors.ts';

/** A mask of booleans: true takes part in the softmax. Row-major. */
export interface BoolTensor {
  readonly dtype: 'bool';
  readonly shape: readonly number[];
  readonly data: Uint8Array;
  readonly device: Device;
}

export function boolTensor(shape: readonly number[], values: ArrayLike<boolean | number>, device = referenceDevice): BoolTensor {
  const data = Uint8Array.from(values, (value) => (value ? 1 : 0));
  if (data.length !== elementCount(shape)) throw new ValueError(`shape ${tuple(shape)} is invalid for input of size ${data.length}`);
  return { dtype: 'bool', shape, data, device };
}

export type AttentionMask = StridedTensor | BoolTensor;

/** The mask as an additive tensor of its own shape: 0 where true, -Infinity where false. */
export function additiveMask(mask: AttentionMask): StridedTensor {
  if (mask.dtype !== 'bool') return mask;
  const values = Float32Array.from(mask.data, (visible) => (visible === 1 ? 0 : -Infinity));
  return tensor(mask.shape, values, { device: mask.device });
}

/**
 * A mask broadcast to scores of shape [...batch, queries, keys]: each dimension, from the right, is exact or 1. Broadcast dimensions are
 * strides of 0, so a [1, 1, 1, keys] mask stays that small and a chunk of queries slices only what has rows to slice.
 * Throws ValueError when a dimension fits neither way.
 */
export function maskBias(mask: AttentionMask, scoreShape: readonly number[]): ScoreBias {
  const additive = additiveMask(mask);
  const fits =
    additive.shape.length <= scoreShape.length &&
    additive.shape.every((size, axis) => {
      const wanted = scoreShape[axis + scoreShape.length - additive.shape.length];
      return size === wanted || size === 1;
    });
  if (!fits) {
    throw new ValueError(`attn_mask of shape ${tuple(mask.shape)} does not broadcast to the scores ${tuple(scoreShape)}`);
  }
  return tensorBias(expand(additive, scoreShape));
}
