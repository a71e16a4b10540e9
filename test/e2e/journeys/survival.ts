import { expect } from '@playwright/test';
import { drawnSteps } from '../starter.ts';
import type { Journey } from './desk.ts';
import { savedPictures } from './saved-files.ts';

/** Long enough to be cancelled or killed in the middle; the stand-in is fast. */
const manySteps = '60';
const someStep = new RegExp(`Step \\d+ of ${manySteps}`);

const firstPicture: Journey = {
  name: 'the first picture of a newcomer is one example and one key away, and can be undone after a restart',
  async run(desk) {
    const { page } = desk.studio;
    await page
      .getByRole('region', { name: 'Examples' })
      .getByRole('button', { name: /A red house/ })
      .click();
    await page.getByLabel('Steps').fill(String(drawnSteps));
    await desk.studio.prompt.focus();
    await page.keyboard.press('Control+Enter');
    await expect(desk.studio.candidate(1)).toBeVisible({ timeout: 60_000 });
    await desk.studio.button('Accept as layer').click();
    await expect(desk.studio.layers.getByRole('option')).toHaveCount(1);
    const [picture] = await savedPictures(desk.dataFolder);
    expect(picture?.recipe.prompt).toBe('a red house under a blue sky');

    await expect(page.getByTitle('All changes are saved')).toBeVisible();
    await desk.restart();
    const { studio } = desk;
    const layers = studio.layers.getByRole('option');
    await expect(layers).toHaveCount(1);
    await studio.button('Undo').click();
    await expect(layers).toHaveCount(0);
    await studio.button('Redo').click();
    await expect(layers).toHaveCount(1);
  },
};

const cancel: Journey = {
  name: 'a run is cancelled within a step, and the next one is drawn',
  async run({ studio, dataFolder }) {
    const { page } = studio;
    await studio.prompt.fill('a boat at sunset');
    await page.getByLabel('Steps').fill(manySteps);
    await studio.generate.click();
    await expect(page.getByText(someStep)).toBeVisible({ timeout: 60_000 });
    await studio.button('Cancel').click();
    await expect(page.getByRole('progressbar')).toHaveCount(0);
    await page.getByLabel('Steps').fill('2');
    await studio.draw();
    expect(await savedPictures(dataFolder)).toHaveLength(1);
  },
};

const engineKilled: Journey = {
  name: 'an engine that is killed in the middle costs no picture: the job is drawn again',
  async run(desk) {
    const { studio, dataFolder } = desk;
    await studio.prompt.fill('a lighthouse');
    await studio.page.getByLabel('Steps').fill(manySteps);
    await studio.generate.click();
    await expect(studio.page.getByText(someStep)).toBeVisible({ timeout: 60_000 });
    expect(desk.killEngine()).toBeGreaterThan(0);
    await expect(studio.candidate(1)).toBeVisible({ timeout: 90_000 });
    expect(await savedPictures(dataFolder)).toHaveLength(1);
  },
};

const studioKilled: Journey = {
  name: 'a studio that is killed in the middle of a picture leaves document, queue and gallery as they were',
  async run(desk) {
    const { studio, dataFolder } = desk;
    const { page } = studio;
    await studio.prompt.fill('a red house');
    await page.getByLabel('Steps').fill('2');
    await studio.draw();
    await studio.addLayer('Region');
    await page.getByLabel('Prompt of Region 1').fill('a green tree');
    await studio.tool('Rectangle');
    await page.keyboard.press('0');
    await studio.fillRectangle({ x: 8, y: 8 }, { x: studio.side / 2, y: studio.side - 8 });
    await page.getByLabel('Steps').fill(manySteps);
    await page.getByLabel('Pictures').fill('2');
    await page.getByLabel('Pictures').press('Tab');
    await studio.generate.click();
    await expect(page.getByText(someStep)).toBeVisible({ timeout: 60_000 });
    await desk.killStudio();
    // What is done while nobody answers is kept and saved afterwards.
    await studio.prompt.fill('a red house by the sea');
    await expect(page.getByText('The studio has stopped answering')).toHaveCount(0, { timeout: 60_000 });
    await expect(page.getByRole('button', { name: /^Candidate \d, finished/ })).toHaveCount(3, { timeout: 120_000 });
    expect((await savedPictures(dataFolder)).map(({ recipe }) => recipe.regions.length)).toEqual([0, 1, 1]);

    await expect(page.getByTitle('All changes are saved')).toBeVisible();
    await desk.restart();
    await expect(desk.studio.prompt).toHaveValue('a red house by the sea');
    await desk.studio.layer('Region 1').click();
    await expect(desk.studio.page.getByLabel('Prompt of Region 1')).toHaveValue('a green tree');
    await desk.studio.view('Gallery');
    await expect(desk.studio.page.getByRole('group', { name: 'Pictures' }).getByRole('button')).toHaveCount(3);
    await desk.studio.view('Queue');
    await expect(desk.studio.page.getByRole('list', { name: 'Finished jobs' }).getByRole('listitem')).toHaveCount(3);
  },
};

export const survivalJourneys: readonly Journey[] = [firstPicture, cancel, engineKilled, studioKilled];
