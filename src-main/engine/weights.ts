import { AppError } from '../contract/errors.ts';
import { elementCount } from '../../kernels/tensor.ts';
import type { WeightLocation, WeightMap } from '../../models/checkpoint/types.ts';
import { readWeight } from './files.ts';

/** Weights of one network by name: ranges of the user's files, and values computed here (merged adapters) that stand in for some of them. */
export interface WeightStore {
  /** Where a weight lies, or its computed values. Throws AppError `missingWeight` for a name the model does not have. */
  locate(name: string, shape: readonly number[]): StoredWeight;
  /** Values as f32, in the shape the network wants. */
  read(name: string, shape: readonly number[]): Promise<Float32Array>;
}

export type StoredWeight =
  { readonly kind: 'file'; readonly location: WeightLocation } | { readonly kind: 'memory'; readonly values: Float32Array };

/** @param replaced values that take the place of the file's, by name */
export function weightStore(weights: WeightMap, replaced: ReadonlyMap<string, Float32Array> = new Map()): WeightStore {
  const locate = (name: string, shape: readonly number[]): StoredWeight => {
    const count = elementCount(shape);
    const values = replaced.get(name);
    if (values?.length === count) return { kind: 'memory', values };
    const location = weights.get(name);
    if (location && elementCount(location.shape) === count) return { kind: 'file', location };
    const found = values ? `${values.length} values` : location ? `[${location.shape.join(', ')}]` : 'nothing';
    throw new AppError(
      'missingWeight',
      `The model does not fit its configuration: expected the weight ${name} as [${shape.join(', ')}], found ${found}.`,
      { name, expected: [...shape], found },
    );
  };
  return {
    locate,
    async read(name, shape) {
      const stored = locate(name, shape);
      return stored.kind === 'memory' ? stored.values : await readWeight(stored.location);
    },
  };
}
