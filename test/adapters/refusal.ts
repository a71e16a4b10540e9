import { expect } from 'vitest';
import { AppError } from '../../src-main/contract/errors.ts';
import type { RecipeInput } from '../../src-main/contract/recipe.ts';
import type { LoadedModel } from '../../src-main/engine/model/loaded-model.ts';
import { draw } from './toy-job.ts';

/** The error of a job, which must come before any step. */
export async function refusalOf(model: LoadedModel, changes: Partial<RecipeInput>): Promise<AppError> {
  const stages: string[] = [];
  const error = await draw(model, changes, stages).then(
    () => expect.fail('expected a refusal'),
    (thrown: unknown) => thrown,
  );
  expect(stages).not.toContain('Drawing');
  expect(error).toBeInstanceOf(AppError);
  return error as AppError;
}
