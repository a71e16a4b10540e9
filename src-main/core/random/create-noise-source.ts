import type { Recipe } from '../../contract/recipe.ts';
import type { NoiseSource } from './noise-source.ts';
import { PhiloxGenerator } from './philox.ts';
import { TorchGenerator } from './torch-generator.ts';

/** The noise stream of a recipe's choice. Seed 0 is seed 0. */
export function createNoiseSource(kind: Recipe['noise'], seed: bigint | number): NoiseSource {
  return kind === 'philox' ? new PhiloxGenerator(seed) : new TorchGenerator(seed);
}
