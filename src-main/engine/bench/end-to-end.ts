import { recipeSchema, starterId } from '../../contract/recipe.ts';
import type { BenchLine } from '../../contract/reports.ts';
import type { Backend } from '../backends/backend.ts';
import type { WorkHooks } from '../engine-service.ts';
import { generate } from '../jobs/generate.ts';
import { ModelLibrary } from '../model/model-library.ts';

/** A picture of the starter model from a cold engine, then the same again: what opening and preparing cost. */
export async function benchEndToEnd(backend: Backend, emit: (line: BenchLine) => void, hooks: WorkHooks): Promise<void> {
  const library = new ModelLibrary();
  const recipe = recipeSchema.parse({
    model: starterId,
    prompt: 'a red house under a blue sky',
    seed: 0,
    size: { width: 256, height: 256 },
    steps: 12,
  });
  for (const name of ['first picture', 'second picture']) {
    const startedAt = performance.now();
    let firstStep = 0;
    const timed: WorkHooks = {
      ...hooks,
      progress: ({ stage, step }) => {
        if (stage === 'Drawing' && step === 1 && firstStep === 0) firstStep = performance.now() - startedAt;
      },
    };
    const model = await library.open(recipe.model, backend);
    const { peakBytes } = await generate({ recipe, assets: {}, model, hooks: timed });
    const note = '256x256, 12 steps with guidance';
    emit({ name: `${name}, to the first step`, value: firstStep / 1000, unit: 's', note });
    emit({ name: `${name}, in all`, value: (performance.now() - startedAt) / 1000, unit: 's', note });
    if (peakBytes.measured !== null && peakBytes.predicted !== null) {
      emit({ name: `${name}, memory measured / predicted`, value: peakBytes.measured / peakBytes.predicted, unit: 'x', note: '' });
    }
  }
  await library.release();
}
