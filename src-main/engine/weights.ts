import { AppError } from '../contract/errors.ts';
import { decodeToFloat32 } from '../formats/safetensors/decode.ts';
import { readExactly } from '../formats/byte-source.ts';
import type { WeightLocation, WeightMap } from '../../models/checkpoint/types.ts';
import { openFileSource } from './files.ts';

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
    const count = shape.reduce((product, size) => product * size, 1);
    const values = replaced.get(name);
    if (values?.length === count) return { kind: 'memory', values };
    const location = weights.get(name);
    if (location && elements(location.shape) === count) return { kind: 'file', location };
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

/** Reads one weight from its file as f32, transposed and scaled as its location says. */
export async function readWeight(location: WeightLocation): Promise<Float32Array> {
  await using source = await openFileSource(location.file);
  const values = decodeToFloat32(location.dtype, await readExactly(source, location.offset, location.bytes));
  if (location.scale) applyScale(values, await readWeight(location.scale));
  return location.transpose ? transposed(values, location.shape) : values;
}

/** Scaled fp8: one factor for all, or one a row. */
function applyScale(values: Float32Array, factors: Float32Array): void {
  const perRow = values.length / factors.length;
  for (let i = 0; i < values.length; i++) values[i]! *= factors[Math.floor(i / perRow)]!;
}

/** @param shape rows and columns of the result */
function transposed(values: Float32Array, [rows, columns]: readonly number[]): Float32Array {
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows!; row++)
    for (let column = 0; column < columns!; column++) result[row * columns! + column] = values[column * rows! + row]!;
  return result;
}

function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
