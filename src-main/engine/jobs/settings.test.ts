import { expect, test } from 'vitest';
import type { ModelDescription } from '../../../models/checkpoint/types.ts';
import { recipeSchema, type RecipeInput } from '../../contract/recipe.ts';
import { resolveSettings } from './settings.ts';

/** What a model gives that prefers a sampler on a grid of its own. */
const description = {
  family: 'sd1',
  path: 'model',
  vaeFactor: 8,
  components: {},
  preferred: { steps: 12, guidance: 2.5, sampler: 'lcm' },
} as unknown as ModelDescription;

function settings(recipe: Partial<RecipeInput>, model = description) {
  return resolveSettings(recipeSchema.parse({ prompt: '', seed: 0, ...recipe }), model);
}

test('what the recipe leaves open is what suits the model', () => {
  expect(settings({})).toMatchObject({ steps: 12, guidance: 2.5, sampler: 'lcm', schedule: 'default' });
  expect(settings({ steps: 3, guidance: 1, sampler: 'ddim' })).toMatchObject({ steps: 3, guidance: 1, sampler: 'ddim' });
});

test('a schedule that the sampler of the model cannot follow brings one that can', () => {
  expect(settings({ schedule: 'karras' })).toMatchObject({ sampler: 'dpmpp_2m', schedule: 'karras' });
});

test('a distilled model keeps the sampler that it needs, whatever the schedule', () => {
  const distilled = { ...description, path: 'sd15-lcm', preferred: undefined } as unknown as ModelDescription;
  expect(settings({ schedule: 'karras' }, distilled)).toMatchObject({ sampler: 'lcm', schedule: 'karras' });
});
