import { rmSync } from 'node:fs';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { recipeSchema, type RecipeInput } from '../../src-main/contract/recipe.ts';
import type { LoadedModel } from '../../src-main/engine/model/loaded-model.ts';
import { previewFrame } from '../../src-main/engine/jobs/inpaint.ts';
import { planReport } from '../../src-main/engine/jobs/plan.ts';
import { draw, openToyModel, temporaryFolder } from '../adapters/toy-job.ts';

const side = 64;
const folder = temporaryFolder();
const picture = `${folder}/noise.png`;
const cutOut = `${folder}/cut-out.png`;
const square = { rectangle: { x: 24, y: 24, width: 16, height: 16 } };
let model: LoadedModel;
let source: Uint8Array;

beforeAll(async () => {
  model = await openToyModel();
  source = Uint8Array.from({ length: 3 * side * side }, (_, i) => (i * 7919) % 251);
  const raw = { raw: { width: side, height: side, channels: 3 } } as const;
  await sharp(source, raw).png().toFile(picture);
  const transparent = Uint8Array.from({ length: 4 * side * side }, (_, i) => {
    const pixel = Math.floor(i / 4);
    return i % 4 < 3 ? source[3 * pixel + (i % 4)]! : pixel % side < 40 ? 255 : 0;
  });
  await sharp(transparent, { raw: { width: side, height: side, channels: 4 } })
    .png()
    .toFile(cutOut);
});

afterAll(async () => {
  await model.release();
  rmSync(folder, { recursive: true, force: true });
});

/** Pixels whose bytes are not those of the source. */
async function changedPixels(changes: Partial<RecipeInput>): Promise<{ x: number; y: number }[]> {
  const { rgb } = (await draw(model, { image: { picture, strength: 1 }, ...changes })).picture;
  const places = Array.from({ length: side * side }, (_, i) => ({ x: i % side, y: Math.floor(i / side) }));
  return places.filter((_, i) => [0, 1, 2].some((c) => rgb[3 * i + c] !== source[3 * i + c]));
}

const distance = ({ x, y }: { x: number; y: number }, [from, to]: readonly [number, number]) =>
  Math.hypot(Math.max(from - x, 0, x - to), Math.max(from - y, 0, y - to));

test('pixels outside a hard mask are those of the picture, byte for byte', async () => {
  const changed = await changedPixels({ inpaint: { mask: square } });
  expect(changed.length).toBeGreaterThan(200);
  expect(changed.every((place) => distance(place, [24, 39]) === 0)).toBe(true);
});

test('the fade reaches as far as it says and no pixel further', async () => {
  const changed = await changedPixels({ inpaint: { mask: square, feather: 6 } });
  const reach = Math.max(...changed.map((place) => distance(place, [24, 39])));
  expect(reach).toBeGreaterThan(4);
  expect(reach).toBeLessThan(7);
});

test('a grown mask redraws more, a shrunk one less', async () => {
  const reach = async (grow: number) =>
    Math.max(...(await changedPixels({ inpaint: { mask: square, grow } })).map(({ x }) => Math.abs(x - 31.5)));
  expect([await reach(-4), await reach(0), await reach(5)]).toEqual([3.5, 7.5, 12.5]);
});

test('a soft mask everywhere is image to image with as many steps, byte for byte', async () => {
  const half = `${folder}/half.png`;
  await sharp({ create: { width: side, height: side, channels: 3, background: '#808080' } })
    .png()
    .toFile(half);
  // 128 / 255 of four steps are three of them, rounded up.
  const soft = await draw(model, { steps: 4, image: { picture, strength: 1 }, inpaint: { mask: { asset: half } } });
  const tail = await draw(model, { steps: 4, image: { picture, strength: 0.75 } });
  expect(soft.picture.rgb).toEqual(tail.picture.rgb);
});

test('each of several masks has a growth and a fade of its own', async () => {
  const corner = { rectangle: { x: 2, y: 2, width: 6, height: 6 } };
  const inpaint = { mask: square, feather: 3, moreMasks: [{ mask: corner, grow: 4 }] };
  const changed = await changedPixels({ inpaint });
  const byCorner = changed.filter(({ x, y }) => x < 16 && y < 16);
  const byMask = changed.filter((place) => !byCorner.includes(place));
  expect(Math.max(...byCorner.map((place) => distance(place, [2, 7])))).toBe(4);
  const reach = Math.max(...byMask.map((place) => distance(place, [24, 39])));
  expect(reach).toBeGreaterThan(2);
  expect(reach).toBeLessThan(4);
});

test('a mask with a share is redrawn in the last steps only, and pasted in full', async () => {
  const mask = { rectangle: { x: 0, y: 0, width: side, height: side } };
  const share = await draw(model, { steps: 4, image: { picture, strength: 1 }, inpaint: { moreMasks: [{ mask, share: 0.25 }] } });
  const tail = await draw(model, { steps: 4, image: { picture, strength: 0.25 } });
  expect(share.picture.rgb).toEqual(tail.picture.rgb);
});

test('what is transparent is drawn, what is opaque stays: outpainting without a mask', async () => {
  for (const infill of ['none', 'colour', 'tile', 'blur', 'patch'] as const) {
    const changed = await changedPixels({ image: { picture: cutOut, strength: 1 }, inpaint: { infill } });
    expect(Math.min(...changed.map(({ x }) => x))).toBe(40);
  }
  const changed = await changedPixels({ image: { picture: cutOut, strength: 1 } });
  expect(Math.min(...changed.map(({ x }) => x))).toBe(40);
});

test('infill decides what a picture below full strength begins with', async () => {
  const run = async (infill: 'colour' | 'blur') =>
    (await draw(model, { image: { picture, strength: 0.5 }, inpaint: { mask: square, infill } })).picture.rgb;
  expect(await run('colour')).not.toEqual(await run('blur'));
});

test('a focused run draws the surroundings larger and leaves the rest of a large picture alone', async () => {
  const large = `${folder}/large.png`;
  const bytes = Uint8Array.from({ length: 3 * 256 * 256 }, (_, i) => (i * 31) % 241);
  await sharp(bytes, { raw: { width: 256, height: 256, channels: 3 } })
    .png()
    .toFile(large);
  const mask = { rectangle: { x: 200, y: 10, width: 20, height: 12 } };
  const changes = { size: { width: 256, height: 256 }, image: { picture: large, strength: 1 }, inpaint: { mask, focus: true } };
  const { picture: drawn } = await draw(model, changes);
  expect({ width: drawn.width, height: drawn.height, size: drawn.recipe.size }).toEqual({ width: 256, height: 256, size: changes.size });
  const changed = Array.from({ length: 256 * 256 }, (_, i) => i).filter((i) =>
    [0, 1, 2].some((c) => drawn.rgb[3 * i + c] !== bytes[3 * i + c]),
  );
  expect(changed.length).toBeGreaterThan(100);
  expect(changed.every((i) => i % 256 >= 200 && i % 256 < 220 && i >= 10 * 256 && i < 22 * 256)).toBe(true);
});

test('a preview of a focused run is one of the whole frame', async () => {
  const picture = { width: 8, height: 4, channels: 3, data: new Uint8Array(96).fill(9) } as const;
  const view = { full: { width: 8, height: 4 }, area: { x: 6, y: 0, width: 2, height: 2 } };
  const mask = { width: 8, height: 4, data: new Float32Array(32).fill(1) };
  const start = { frame: { width: 64, height: 64, view }, original: { picture, mask } };
  const { width, height, rgb } = await (await previewFrame(start))({ width: 4, height: 4, rgb: new Uint8Array(48).fill(200) });
  const reds = Array.from({ length: 4 }, (_, y) => Array.from({ length: 8 }, (__, x) => rgb[3 * (8 * y + x)]));
  expect({ width, height, reds }).toEqual({
    width: 8,
    height: 4,
    reds: [...Array<number[]>(2).fill([9, 9, 9, 9, 9, 9, 200, 200]), ...Array<number[]>(2).fill([9, 9, 9, 9, 9, 9, 9, 9])],
  });
});

test('a preview shows the untouched picture outside of the mask', async () => {
  const picture = { width: 4, height: 1, channels: 3, data: new Uint8Array(12).fill(9) } as const;
  const mask = { width: 4, height: 1, data: Float32Array.of(0, 0, 0.25, 1) };
  const frame = { width: 4, height: 1 };
  const framed = await previewFrame({ frame, original: { picture, mask } });
  const { rgb } = await framed({ ...frame, rgb: new Uint8Array(12).fill(109) });
  expect([0, 1, 2, 3].map((x) => rgb[3 * x])).toEqual([9, 9, 59, 109]);
});

test('an empty mask is refused before anything is drawn', async () => {
  const inpaint = { mask: { rectangle: { x: 900, y: 900, width: 1, height: 1 } } };
  await expect(draw(model, { image: { picture, strength: 1 }, inpaint })).rejects.toMatchObject({ code: 'emptyMask' });
});

test('the plan names the mode: by the mask, and by what is transparent', async () => {
  const mode = async (changes: Partial<RecipeInput>) => {
    const recipe = recipeSchema.parse({ model: 'toy', prompt: 'a house', seed: 1, size: { width: side, height: side }, ...changes });
    return (await planReport(recipe, model.description, { device: 'cpu', reason: '' }, { [picture]: picture, [cutOut]: cutOut })).mode;
  };
  expect(await mode({})).toBe('text to image');
  expect(await mode({ image: { picture } })).toBe('image to image');
  expect(await mode({ image: { picture }, inpaint: { mask: square, infill: 'patch' } })).toBe('inpaint');
  expect(await mode({ image: { picture }, inpaint: { moreMasks: [{ mask: square }] } })).toBe('inpaint');
  expect(await mode({ image: { picture: cutOut } })).toBe('outpaint');
  expect(await mode({ image: { picture: 'not there yet' }, inpaint: { mask: square, infill: 'blur' } })).toBe('outpaint');
});
