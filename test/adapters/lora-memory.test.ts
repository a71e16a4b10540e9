import { rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Graph } from '../../kernels/graph/graph.ts';
import { elementCount } from '../../kernels/tensor.ts';
import { recipeSchema, type RecipeInput } from '../../src-main/contract/recipe.ts';
import { planReport } from '../../src-main/engine/jobs/plan.ts';
import type { LoadedModel } from '../../src-main/engine/model/loaded-model.ts';
import type { WeightStore } from '../../src-main/engine/weights.ts';
import { draw, openToyModel, temporaryFolder } from './toy-job.ts';
import { asHadamard, writeLora, type Tensors } from './toy-loras.ts';

const folder = temporaryFolder();
let model: LoadedModel;
/** Bytes by the name of a weight: layers of LoRAs in the networks, and computed values beside them. */
const held = new Map<string, number>();

beforeAll(async () => {
  model = await openToyModel({ compiled: count });
});

afterEach(async () => {
  await model.release();
  held.clear();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function count(graph: Graph, weights: WeightStore): void {
  // Both graphs of the UNet share what was computed.
  for (const { name, shape } of graph.weights) {
    const bytes = 4 * elementCount(shape);
    if (name.startsWith('lora.')) held.set(name, bytes);
    const stored = weights.locate(name, shape);
    if (stored.kind === 'memory') held.set(`computed ${name}`, stored.values.byteLength);
  }
}

async function planned(changes: Partial<RecipeInput>): Promise<number> {
  const parts = async (own: Partial<RecipeInput>) => {
    const recipe = recipeSchema.parse({ prompt: 'a house', seed: 1, size: { width: 64, height: 64 }, ...own });
    const { memory } = await planReport(recipe, model.description, { device: 'cpu', reason: '' });
    const bytesOf = (name: string) => memory.find(({ part }) => part === name)?.bytes ?? 0;
    return bytesOf('LoRAs') + bytesOf('Text encoders');
  };
  return (await parts(changes)) - (await parts({}));
}

const sum = () => [...held.values()].reduce((total, bytes) => total + bytes, 0);
const write = (name: string, damage?: (tensors: Tensors) => void) => ({
  file: writeLora(`${folder}/${name}.safetensors`, model.description, damage),
});

test.each<[what: string, changes: () => Partial<RecipeInput>]>([
  ['one LoRA', () => ({ loras: [write('one')] })],
  ['three that share one pair of thin layers', () => ({ loras: [write('a'), write('b'), write('c')] })],
  ['two plain ones with two merged ones', () => ({ loras: [write('a'), write('b'), write('d', asHadamard), write('e', asHadamard)] })],
])('the plan counts what is allocated for %s', async (_, changes) => {
  const recipe = changes();
  await draw(model, recipe);
  expect(sum()).toBeGreaterThan(0);
  expect(await planned(recipe)).toBe(sum());
});

test('the plan counts what is allocated for LoRAs of regions beside one that acts everywhere', async () => {
  const mask = { rectangle: { x: 0, y: 0, width: 32, height: 64 } };
  const regions = [
    { mask, prompt: 'a dog', loras: [write('r'), write('whole', asHadamard)] },
    { mask, prompt: 'a cat', loras: [write('s')] },
  ];
  const recipe = { loras: [write('one')], regions };
  await draw(model, recipe);
  const [plan, allocated] = [await planned(recipe), sum()];
  // Biases of whole differences are computed, and not used by layers without one.
  expect(plan).toBeGreaterThanOrEqual(allocated);
  expect(plan).toBeLessThan(1.1 * allocated);
});

test('several at once are counted with the factors that they share', async () => {
  const single = await planned({ loras: [write('a')] });
  expect(await planned({ loras: [write('a'), write('b')] })).toBe(4 * single);
});
