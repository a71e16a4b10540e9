import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RecipeInput } from '../../src-main/contract/recipe.ts';
import type { LoadedModel } from '../../src-main/engine/model/loaded-model.ts';
import { writeControlNet, writeIpAdapter, writeT2iAdapter } from './toy-add-ons.ts';
import { draw, meanChange, openToyModel, temporaryFolder, toyUnet, writePicture } from './toy-job.ts';

type Control = NonNullable<RecipeInput['controls']>[number];
type Reference = NonNullable<RecipeInput['references']>[number];

const folder = temporaryFolder();
let model: LoadedModel;
let compiled = 0;
let net: Control;
let adapter: Control;
let reference: Reference;

beforeAll(async () => {
  model = await openToyModel({ compiled: () => void compiled++ });
  const picture = await writePicture(`${folder}/picture.png`);
  net = { model: writeControlNet(`${folder}/net`, toyUnet), picture };
  adapter = { kind: 't2i-adapter', model: writeT2iAdapter(`${folder}/t2i`, toyUnet['block_out_channels'] as number[]), picture };
  reference = { model: writeIpAdapter(`${folder}/ip`, toyUnet), picture };
});

afterAll(async () => {
  await model.release();
  rmSync(folder, { recursive: true, force: true });
});

test('every kind of guide changes the picture, and all of them together do', async () => {
  const plain = await draw(model, {});
  const guided: Parameters<typeof draw>[1][] = [
    { controls: [net] },
    { controls: [adapter] },
    { references: [reference] },
    { controls: [net, adapter], references: [reference] },
  ];
  for (const guides of guided) expect(meanChange(plain.picture, (await draw(model, guides)).picture)).toBeGreaterThan(0.5);
});

test('two halves of the steps together are the whole: half-open ranges neither overlap nor leave a gap', async () => {
  const halves = (item: Control): Control[] => [{ ...item, range: [0, 0.5] }, { ...item, range: [0.5, 1] }]; // prettier-ignore
  for (const steps of [2, 3]) {
    const whole = await draw(model, { steps, controls: [net, adapter] });
    const parts = await draw(model, { steps, controls: [...halves(net), ...halves(adapter)] });
    expect(parts.picture.rgb).toEqual(whole.picture.rgb);
  }
});

test('the two halves of a reference together are the whole', async () => {
  const whole = await draw(model, { references: [reference] });
  const halves: Reference[] = [{ ...reference, range: [0, 0.5] }, { ...reference, range: [0.5, 1] }]; // prettier-ignore
  expect(meanChange((await draw(model, { references: halves })).picture, whole.picture)).toBeLessThan(0.01);
});

test('what never acts leaves the picture as it is, byte for byte', async () => {
  const plain = await draw(model, {});
  const off = { controls: [{ ...net, strength: 0 }, { ...adapter, range: [1, 1] as [number, number] }], references: [{ ...reference, weight: 0 }] }; // prettier-ignore
  expect((await draw(model, off)).picture.rgb).toEqual(plain.picture.rgb);
});

test('a mask of everything is no mask, and a mask of nothing is no control', async () => {
  const everywhere = { rectangle: { x: 0, y: 0, width: 64, height: 64 } };
  const nowhere = { rectangle: { x: 900, y: 900, width: 1, height: 1 } };
  const [plain, open] = [await draw(model, {}), await draw(model, { controls: [net], references: [reference] })];
  const masked = (mask: typeof everywhere) => draw(model, { controls: [{ ...net, mask }], references: [{ ...reference, mask }] });
  expect(meanChange((await masked(everywhere)).picture, open.picture)).toBeLessThan(0.01);
  expect(meanChange((await masked(nowhere)).picture, plain.picture)).toBeLessThan(0.01);
});

test('the same control twice at half strength is the control once', async () => {
  const once = await draw(model, { controls: [net] });
  const twice = await draw(model, { controls: [{ ...net, strength: 0.5 }, { ...net, strength: 0.5 }] }); // prettier-ignore
  expect(meanChange(twice.picture, once.picture)).toBeLessThan(0.01);
});

test('another weight, strength or range compiles nothing, and reads the reference picture no second time', async () => {
  const before = await draw(model, { controls: [net, adapter], references: [reference] });
  compiled = 0;
  const after = await draw(model, {
    controls: [{ ...net, strength: 0.3 }, { ...adapter, range: [0.5, 1] }],
    references: [{ ...reference, weight: 0.2, range: [0, 0.5] }],
  }); // prettier-ignore
  expect(compiled).toBe(0);
  expect(meanChange(before.picture, after.picture)).toBeGreaterThan(0.1);
});

test('a reference of a region acts where and while its region does', async () => {
  const half = { rectangle: { x: 0, y: 0, width: 32, height: 64 } };
  const own = await draw(model, { regions: [{ mask: half, references: [{ ...reference, range: [0, 0.5] }] }], references: [] });
  const global = await draw(model, {
    regions: [{ mask: half }],
    references: [{ ...reference, mask: half, range: [0, 0.5] }],
  });
  expect(meanChange(own.picture, global.picture)).toBeLessThan(0.01);
});
