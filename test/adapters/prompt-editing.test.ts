import { rmSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { recipeSchema, type RecipeInput } from '../../src-main/contract/recipe.ts';
import { planReport } from '../../src-main/engine/jobs/plan.ts';
import type { LoadedModel } from '../../src-main/engine/model/loaded-model.ts';
import { writeControlNet, writeIpAdapter } from './toy-add-ons.ts';
import { draw, openToyModel, temporaryFolder, toyUnet, writePicture } from './toy-job.ts';

interface Call {
  readonly input: Float32Array;
  readonly output: Float32Array;
}

const folder = temporaryFolder();
const calls: Call[] = [];
let compiled = 0;
let model: LoadedModel;
let guides: Partial<RecipeInput>;

beforeAll(async () => {
  model = await openToyModel({
    compiled: () => void compiled++,
    ran: (inputs, outputs) => {
      const [sample, out] = [inputs.get('sample')?.data, outputs.get('out')?.data];
      if (sample instanceof Float32Array && out instanceof Float32Array) calls.push({ input: sample.slice(), output: out.slice() });
    },
  });
  const picture = await writePicture(`${folder}/picture.png`);
  guides = {
    regions: [{ mask: { rectangle: { x: 0, y: 0, width: 32, height: 64 } }, prompt: 'a red [barn:boat:1]', negative: 'fog' }],
    controls: [{ model: writeControlNet(`${folder}/net`, toyUnet), picture }],
    references: [{ model: writeIpAdapter(`${folder}/ip`, toyUnet), picture }],
  };
});

beforeEach(() => void (calls.length = 0));

afterAll(async () => {
  await model.release();
  rmSync(folder, { recursive: true, force: true });
});

async function callsOf(changes: Partial<RecipeInput>): Promise<readonly [Call, Call]> {
  calls.length = 0;
  await draw(model, changes);
  return [...calls] as unknown as readonly [Call, Call];
}

test('an edited prompt is the first text before its step and the second from then on', async () => {
  const [cat, dog] = [await draw(model, { prompt: 'a cat' }), await draw(model, { prompt: 'a dog' })];
  expect((await draw(model, { prompt: '[a cat:a dog:2]' })).picture.rgb).toEqual(cat.picture.rgb);
  expect((await draw(model, { prompt: '[a cat:a dog:0]' })).picture.rgb).toEqual(dog.picture.rgb);
  const [first, second] = await callsOf({ prompt: 'a cat' });
  const [edited, after] = await callsOf({ prompt: '[a cat:a dog:0.5]' });
  expect(edited).toEqual(first);
  expect(after.input).toEqual(second.input);
  expect(after.output).not.toEqual(second.output);
  const [, other] = await callsOf({ prompt: '[a cat:a house:0.5]' });
  expect(other.input).toEqual(after.input);
  expect(other.output).not.toEqual(after.output);
});

test('texts that take turns are drawn one a step, and nothing is compiled for them', async () => {
  const edited = await draw(model, { prompt: '[a cat:a dog:1]' });
  compiled = 0;
  expect((await draw(model, { prompt: '[a cat|a dog]' })).picture.rgb).toEqual(edited.picture.rgb);
  expect((await draw(model, { prompt: '[a cat|a dog|a house]', steps: 5 })).picture.width).toBe(64);
  expect(compiled).toBe(0);
});

test('editing reaches negative prompts, regions and the control branch, beside prompts joined by AND', async () => {
  const plain = { ...guides, prompt: 'a cat :0.7 AND a house :0.3', negative: 'blurry' };
  const still = { ...plain, regions: [{ ...guides.regions![0]!, prompt: 'a red barn' }] };
  const [first, second] = await callsOf(still);
  const expectLater = async (changes: Partial<RecipeInput>) => {
    const [same, changed] = await callsOf({ ...still, ...changes });
    expect(same).toEqual(first);
    expect(changed.input).toEqual(second.input);
    expect(changed.output).not.toEqual(second.output);
  };
  await expectLater({ prompt: '[a cat:a dog:1] :0.7 AND a house :0.3' });
  await expectLater({ negative: '[blurry:dark:1]' });
  await expectLater(plain);
});

test('readings of other lengths are filled up, so that one graph serves all', async () => {
  const long = 'with a very long and silken coat, '.repeat(20);
  const [, short] = await callsOf({ prompt: `a [cat:dog:1]` });
  const [, filled] = await callsOf({ prompt: `a [cat:dog ${long}:1]` });
  expect(filled.output.length).toBe(short.output.length);
  expect(filled.output).not.toEqual(short.output);
});

test('the plan says how often the prompts change, and counts the longest reading', async () => {
  const plan = (prompt: string) => planReport(recipeSchema.parse({ prompt, seed: 1, steps: 10, size: { width: 64, height: 64 } }), model.description, { device: 'cpu', reason: '' }); // prettier-ignore
  const [short, long, edited] = [await plan('a cat'), await plan('a cat on a mat'), await plan('a cat [on a mat:3]')];
  expect(short.promptTokens).toBeLessThan(long.promptTokens);
  expect(edited.promptTokens).toBe(long.promptTokens);
  expect(edited.notes).toContain('The prompts change while the steps run: 2 readings.');
  expect(short.notes.join(' ')).not.toContain('readings');
});
