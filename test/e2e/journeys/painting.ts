import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import type { Rectangle } from '../../../src-renderer/document/geometry.ts';
import { writeControlNet } from '../../adapters/toy-add-ons.ts';
import { colourAt, plainPng } from '../pictures.ts';
import { drawnSteps, hasCompanions, hasStarter, starterWeights } from '../starter.ts';
import type { StudioPage } from '../studio-page.ts';
import { meanDifference, shareOf, wrongMaskPixels } from './colours.ts';
import type { Journey } from './desk.ts';
import { assetPixels, lastPicture, maskPixels } from './saved-files.ts';

/** A rectangle in eighths of the frame, so that it lies on whole pixels whatever the model's size is. */
function eighths({ side }: StudioPage, x: number, y: number, width: number, height: number): Rectangle {
  const unit = side / 8;
  return { x: x * unit, y: y * unit, width: width * unit, height: height * unit };
}

const paint = (studio: StudioPage, { x, y, width, height }: Rectangle) => studio.fillRectangle({ x, y }, { x: x + width, y: y + height });

/** The same pictures on every run. */
async function setSeed({ page }: StudioPage, seed: number): Promise<void> {
  await page.getByLabel('Seed', { exact: true }).fill(String(seed));
  await page.getByLabel('Seed', { exact: true }).press('Tab');
}

const setSteps = (studio: StudioPage) => studio.page.getByLabel('Steps').fill(String(drawnSteps));

const twoRegions: Journey = {
  name: 'two painted regions reach the engine as painted, and each follows its prompt',
  async run({ studio, dataFolder }) {
    const { page } = studio;
    const [left, right] = [eighths(studio, 0, 1, 4, 6), eighths(studio, 4, 1, 4, 6)];
    await studio.prompt.fill('a picture on a white background');
    await setSteps(studio);
    await setSeed(studio, 7);
    await studio.addLayer('Region');
    await page.getByLabel('Prompt of Region 1').fill('a red house');
    await paint(studio, left);
    await studio.addLayer('Region');
    await page.getByLabel('Prompt of Region 2').fill('a blue car');
    await paint(studio, right);
    await expect(page.getByText('Text to image, 2 regions')).toBeVisible();
    await studio.draw();

    const { recipe, pixels } = await lastPicture(dataFolder);
    expect(recipe.regions.map(({ prompt }) => prompt)).toEqual(['a blue car', 'a red house']);
    for (const [index, area] of [right, left].entries()) {
      const mask = await maskPixels(dataFolder, recipe.regions[index]?.mask);
      expect([mask.width, mask.height, wrongMaskPixels(mask, area)]).toEqual([studio.side, studio.side, 0]);
    }
    expect([pixels.width, pixels.height]).toEqual([studio.side, studio.side]);
    if (hasStarter) {
      expect(shareOf('red', pixels, left)).toBeGreaterThan(2 * shareOf('red', pixels, right) + 0.02);
      expect(shareOf('blue', pixels, right)).toBeGreaterThan(2 * shareOf('blue', pixels, left) + 0.02);
    }
  },
};

/** A ControlNet of random weights that fits the embedded model. */
function controlModels(dataFolder: string): string {
  const folder = join(dataFolder, '..', 'control models');
  mkdirSync(folder, { recursive: true });
  const model = hasStarter ? join(starterWeights, 'base') : join(import.meta.dirname, '..', '..', 'golden', 'copy', 'models', 'tiny-sd15');
  const unet = JSON.parse(readFileSync(join(model, 'unet', 'config.json'), 'utf8')) as Record<string, unknown>;
  writeControlNet(join(folder, 'lines'), unet, undefined, hasStarter ? [4, 8, 12, 16, 16] : undefined);
  return folder;
}

const controlLayer: Journey = {
  name: 'a drawing becomes a control layer, pixel for pixel, and steers the picture',
  async run({ studio, dataFolder }) {
    const { page } = studio;
    await studio.prompt.fill('a blue house');
    await setSteps(studio);
    await setSeed(studio, 7);
    await studio.draw();
    const without = await lastPicture(dataFolder);

    if (!hasCompanions) {
      await studio.view('Models');
      await page.getByLabel('Folder on this computer').fill(controlModels(dataFolder));
      await studio.button('Add folder').click();
      await expect(page.getByRole('heading', { name: 'ControlNets' })).toBeVisible({ timeout: 60_000 });
      await studio.view('Canvas');
    }
    await studio.addLayer('Control layer');
    if (hasCompanions) await page.getByLabel('Control model').selectOption('Lines');
    await expect(page.getByLabel('Control model')).not.toHaveValue('');
    await studio.tool('Rectangle');
    await page.keyboard.press('0');
    const line = eighths(studio, 3, 1, 2, 6);
    await paint(studio, line);
    await expect(page.getByText('Text to image, 1 control layer')).toBeVisible();
    await studio.draw();

    const { recipe, pixels } = await lastPicture(dataFolder);
    expect(recipe.controls).toHaveLength(1);
    const drawing = await assetPixels(dataFolder, recipe.controls[0]?.picture ?? '');
    expect([drawing.width, drawing.height]).toEqual([studio.side, studio.side]);
    const middle = { x: studio.side / 2, y: studio.side / 2 };
    const painted = colourAt(drawing, middle.x, middle.y);
    expect(painted.some((value) => value > 100)).toBe(true);
    const edges = [line.x, line.x + line.width - 1].map((x) => colourAt(drawing, x, middle.y));
    const beside = [line.x - 1, line.x + line.width].map((x) => colourAt(drawing, x, middle.y));
    expect([edges, beside]).toEqual([[painted, painted], [[0, 0, 0], [0, 0, 0]]]); // prettier-ignore
    expect(meanDifference(pixels, without.pixels, line, 'inside')).toBeGreaterThan(0);
  },
};

const inpaint: Journey = {
  name: 'inpainting changes what is under the mask and nothing else',
  async run({ studio, dataFolder }) {
    const { page } = studio;
    const ground = [0x33, 0x55, 0xaa] as const;
    await studio.drop(await plainPng(studio.side, studio.side, '#3355aa'), 'ground.png');
    await expect(studio.layer('ground')).toBeVisible();
    await studio.prompt.fill('a red house');
    await setSteps(studio);
    await setSeed(studio, 7);
    await studio.addLayer('Inpaint mask');
    await page.getByLabel('Feather').fill('0');
    const hole = eighths(studio, 2, 2, 4, 4);
    await paint(studio, hole);
    await expect(page.getByText('Inpaint', { exact: true })).toBeVisible();
    await studio.draw();

    const { recipe, pixels } = await lastPicture(dataFolder);
    const mask = await maskPixels(dataFolder, recipe.inpaint?.mask);
    expect(wrongMaskPixels(mask, hole)).toBe(0);
    const start = await assetPixels(dataFolder, recipe.image?.picture ?? '');
    expect(colourAt(start, 1, 1)).toEqual(ground);
    expect(meanDifference(pixels, start, hole, 'outside')).toBeLessThan(2);
    expect(meanDifference(pixels, start, hole, 'inside')).toBeGreaterThan(4);
    if (hasStarter) expect(shareOf('red', pixels, hole)).toBeGreaterThan(0.05);
  },
};

export const paintingJourneys: readonly Journey[] = [twoRegions, controlLayer, inpaint];
