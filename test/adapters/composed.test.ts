import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RecipeInput } from '../../src-main/contract/recipe.ts';
import type { LoadedModel } from '../../src-main/engine/model/loaded-model.ts';
import { planReport } from '../../src-main/engine/jobs/plan.ts';
import { recipeSchema } from '../../src-main/contract/recipe.ts';
import { writeControlNet, writeIpAdapter } from './toy-add-ons.ts';
import { draw, meanChange, openToyModel, temporaryFolder, toyUnet, writePicture } from './toy-job.ts';

/** One call of the UNet: its latents, one row, and its output, row by row. */
interface Call {
  readonly input: Float32Array;
  readonly rows: readonly Float32Array[];
}

const folder = temporaryFolder();
const left = { rectangle: { x: 0, y: 0, width: 32, height: 64 } };
const size = 4 * 8 * 8;
const calls: Call[] = [];
let model: LoadedModel;
let guides: Partial<RecipeInput>;

beforeAll(async () => {
  model = await openToyModel({
    ran: (inputs, outputs) => {
      const [sample, out] = [inputs.get('sample')?.data, outputs.get('out')?.data];
      if (!(sample instanceof Float32Array) || !(out instanceof Float32Array)) return;
      const rows = Array.from({ length: out.length / size }, (_, i) => out.slice(i * size, (i + 1) * size));
      calls.push({ input: sample.slice(0, size), rows });
    },
  });
  const picture = await writePicture(`${folder}/picture.png`);
  const net = { model: writeControlNet(`${folder}/net`, toyUnet), picture };
  guides = {
    regions: [
      { mask: { rectangle: { x: 0, y: 0, width: 32, height: 64 } }, prompt: 'a red barn', negative: 'fog', autoNegative: true },
      { mask: { rectangle: { x: 16, y: 16, width: 48, height: 32 } }, prompt: 'a pond', isolate: true },
    ],
    controls: [net, { ...net, mode: 'control' }],
    references: [{ model: writeIpAdapter(`${folder}/ip`, toyUnet), picture, method: 'precise' }],
  };
});

afterAll(async () => {
  await model.release();
  rmSync(folder, { recursive: true, force: true });
});

/** The UNet's calls while a picture is drawn. */
async function callsOf(changes: Partial<RecipeInput>): Promise<readonly Call[]> {
  calls.length = 0;
  await draw(model, changes);
  return [...calls];
}

function expectClose(found: Float32Array, expected: Float32Array | readonly number[], within = 1e-4): void {
  const worst = found.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
  expect(worst).toBeLessThan(within);
}

/** n + scale * sum of weight * (p - n), value by value. */
function byHand(negative: Float32Array, parts: readonly (readonly [weight: number, side: Float32Array])[], scale: number): number[] {
  return Array.from(negative, (n, i) => n + scale * parts.reduce((sum, [weight, side]) => sum + weight * (side[i]! - n), 0));
}

const long = `a dog ${'with a very long and silken coat, '.repeat(20)}`;

describe.each([
  ['alone', () => ({})],
  ['with a negative prompt of its own length', () => ({ negative: 'blurry, '.repeat(60) })],
  ['with regions, controls and a reference', () => guides],
])('Prompts joined by AND, %s', (_, changes: () => Partial<RecipeInput>) => {
  test('have the predictions that they have as the only prompt', async () => {
    const [composed] = await callsOf({ ...changes(), prompt: `a cat :0.7 AND ${long} :0.3` });
    const [cat] = await callsOf({ ...changes(), prompt: 'a cat' });
    const [dog] = await callsOf({ ...changes(), prompt: long });
    expect(composed!.rows).toHaveLength(3);
    [cat!.rows[0]!, cat!.rows[1]!, dog!.rows[1]!].forEach((row, i) => expectClose(composed!.rows[i]!, row));
  });

  test('take the next step from the sum that is worked out by hand', async () => {
    const scale = 4;
    const composed = await callsOf({ ...changes(), prompt: 'a cat :0.7 AND a dog :-0.3 AND a house' });
    const [negative, cat, dog, house] = composed[0]!.rows as [Float32Array, Float32Array, Float32Array, Float32Array];
    const expected = byHand(negative, [[0.7, cat], [-0.3, dog], [1, house]], scale); // prettier-ignore
    // The next input is linear in the prediction: two other pictures of the same seed give its slope.
    const [one, two] = [await callsOf({ ...changes(), prompt: 'a cat' }), await callsOf({ ...changes(), prompt: 'a dog' })];
    const [first, second] = [one, two].map(([call]) => byHand(call!.rows[0]!, [[1, call!.rows[1]!]], scale)) as [number[], number[]];
    const widest = first.reduce((best, value, i) => (Math.abs(value - second[i]!) > Math.abs(first[best]! - second[best]!) ? i : best), 0);
    const slope = (one[1]!.input[widest]! - two[1]!.input[widest]!) / (first[widest]! - second[widest]!);
    const next = expected.map((value, i) => one[1]!.input[i]! + slope * (value - first[i]!));
    expectClose(composed[1]!.input, next, 2e-3);
  });
});

describe('A composable prompt', () => {
  test('of one prompt twice at half weight is that prompt', async () => {
    const once = await draw(model, { prompt: 'a cat' });
    expect(meanChange(once.picture, (await draw(model, { prompt: 'a cat :0.5 AND a cat :0.5' })).picture)).toBeLessThan(0.01);
  });

  test('is summed around the negative side without guidance too', async () => {
    const [call] = await callsOf({ prompt: 'a cat AND a dog :-1', guidance: 1 });
    expect(call!.rows).toHaveLength(3);
  });

  test('keeps its text in the recipe of the picture, which draws it again', async () => {
    const first = await draw(model, { prompt: 'a cat :0.7 AND a dog :0.3' });
    expect(first.picture.recipe.prompt).toBe('a cat :0.7 AND a dog :0.3');
    expect((await draw(model, first.picture.recipe)).picture.rgb).toEqual(first.picture.rgb);
  });

  test('shows where each of its prompts won', async () => {
    const { picture } = await draw(model, { ...guides, prompt: 'a cat AND a dog', capture: true });
    const names = picture.capture!.sources.map(({ kind, name }) => `${kind}: ${name}`);
    expect(names).toEqual(expect.arrayContaining(['prompt: prompt 1', 'prompt: prompt 2', 'region: region 1']));
  });

  test('says in the plan what it costs, in rows of memory and in time', async () => {
    const plan = (prompt: string) => planReport(recipeSchema.parse({ prompt, seed: 1, size: { width: 64, height: 64 } }), model.description, { device: 'cpu', reason: '' }); // prettier-ignore
    const [single, composed] = [await plan('a cat'), await plan('a cat AND a dog')];
    expect(composed.notes.join(' ')).toContain('about 1.5 times as long');
    expect(composed.promptTokens).toBe(2 * single.promptTokens);
    const step = ({ memory }: typeof single) => memory.find(({ part }) => part === 'A step')!.bytes;
    expect(step(composed) / step(single)).toBeGreaterThan(1.3);
  });

  test.each<[where: string, changes: Partial<RecipeInput>]>([
    ['negative prompt', { negative: 'fog AND rain' }],
    ['prompt of Sky', { regions: [{ name: 'Sky', mask: left, prompt: 'a cloud :0.5 AND a bird' }] }],
    ['negative prompt of region 1', { regions: [{ mask: left, negative: 'fog AND rain' }] }],
  ])('is refused before anything is drawn as the %s, in the plan and by the job', async (where, changes) => {
    const expected = { code: 'andNotSupported', details: { where, prompts: 2 } };
    const stages: string[] = [];
    await expect(draw(model, changes, stages)).rejects.toMatchObject(expected);
    expect(stages).toEqual([]);
    const recipe = recipeSchema.parse({ prompt: 'a cat', seed: 1, size: { width: 64, height: 64 }, ...changes });
    expect((await planReport(recipe, model.description, { device: 'cpu', reason: '' })).refusal).toMatchObject(expected);
  });

  test('is no matter of the small word, nor of the capital one in a plain prompt', async () => {
    const { picture } = await draw(model, { negative: 'fog and rain', regions: [{ mask: left, prompt: 'a cloud and a bird' }] });
    expect(picture.width).toBe(64);
    expect((await draw(model, { syntax: 'plain', negative: 'fog AND rain' })).picture.width).toBe(64);
  });
});
