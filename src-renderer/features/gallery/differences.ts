import type { Recipe } from '../../../src-main/contract/recipe.ts';
import { precisionTitles, samplerTitle, scheduleTitles } from '../../state/titles.ts';

export interface Difference {
  readonly name: string;
  readonly left: string;
  readonly right: string;
}

const shown: readonly (readonly [string, (recipe: Recipe) => unknown])[] = [
  ['Prompt', (recipe) => recipe.prompt],
  ['Negative prompt', (recipe) => recipe.negative ?? ''],
  ['Model', (recipe) => recipe.model],
  ['Size', (recipe) => (recipe.size ? `${recipe.size.width} × ${recipe.size.height}` : '')],
  ['Sampler', (recipe) => samplerTitle(recipe.sampler)],
  ['Schedule', (recipe) => scheduleTitles[recipe.schedule]],
  ['Steps', (recipe) => recipe.steps ?? 'Automatic'],
  ['Guidance', (recipe) => recipe.guidance ?? 'Automatic'],
  ['Seed', (recipe) => recipe.seed],
  ['Strength', (recipe) => recipe.image?.strength ?? ''],
  ['Regions', (recipe) => recipe.regions.map((region) => region.prompt).join('; ')],
  ['Control layers', (recipe) => recipe.controls.length],
  ['References', (recipe) => recipe.references.length],
  ['Precision', (recipe) => precisionTitles[recipe.engine.precision]],
  ['LoRAs', (recipe) => recipe.loras.map((lora) => `${lora.file} ${lora.weight}`).join('; ')],
];

/** What sets two recipes apart, by the words that people see. */
export function differences(left: Recipe, right: Recipe): Difference[] {
  return shown
    .map(([name, read]) => ({ name, left: String(read(left)), right: String(read(right)) }))
    .filter((row) => row.left !== row.right);
}
