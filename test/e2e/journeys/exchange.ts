import { expect } from '@playwright/test';
import { insertPngTexts } from '../../../src-main/formats/png/insert-text.ts';
import { plainPng } from '../pictures.ts';
import { drawnSteps } from '../starter.ts';
import type { Journey } from './desk.ts';
import { lastPicture, savedPictures } from './saved-files.ts';

const recipeBack: Journey = {
  name: 'a picture that was drawn here gives its recipe back when it is dropped, and draws itself again',
  async run({ studio, dataFolder }) {
    const { page } = studio;
    await studio.prompt.fill('a white boat (at sea:1.2)');
    await page.getByLabel('Steps').fill('3');
    await page.getByLabel('Seed', { exact: true }).fill('41');
    await page.getByLabel('Seed', { exact: true }).press('Tab');
    await studio.draw();
    const first = await lastPicture(dataFolder);
    await studio.button('Keep all').click();
    await studio.prompt.fill('something else');
    await page.getByLabel('Steps').fill('9');
    await studio.drop(first.bytes, 'mine.png');
    await studio.button('Use recipe').click();
    await expect(studio.prompt).toHaveValue('a white boat (at sea:1.2)');
    await expect(page.getByLabel('Steps')).toHaveValue('3');
    await expect(page.getByLabel('Seed', { exact: true })).toHaveValue('41');
    // Without the dropped picture as a start the same recipe draws the same picture, byte for byte: there is still one file.
    await studio.layer('mine').press('Delete');
    await studio.draw();
    expect((await savedPictures(dataFolder)).map(({ bytes }) => Buffer.from(bytes).equals(first.bytes))).toEqual([true]);
  },
};

const hostile: Journey = {
  name: 'hostile metadata of a foreign picture is shown as text, everywhere',
  async run({ studio, dataFolder }) {
    const { page } = studio;
    const prompt = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script> a red house';
    const parameters = `${prompt}\nNegative prompt: <b onmouseover="window.hacked=1">bold</b>\nSteps: 2, Sampler: Euler, CFG scale: 3, Seed: 5, Size: ${studio.side}x${studio.side}, Model: <i>evil</i>`;
    const png = await insertPngTexts(await plainPng(64, 64, '#884422'), new Map([['parameters', parameters]]));
    await studio.drop(png, '<u>evil</u>.png');
    await expect(page.getByText('<i>evil</i>', { exact: false })).toBeVisible();
    await studio.button('Use recipe').click();
    await expect(studio.prompt).toHaveValue(prompt);
    await expect(studio.layer('<u>evil</u>')).toBeVisible();
    await studio.layer('<u>evil</u>').press('Delete');
    await studio.draw();
    expect((await lastPicture(dataFolder)).recipe.prompt).toBe(prompt);
    await studio.view('Queue');
    await expect(page.getByRole('list', { name: 'Finished jobs' }).getByText(prompt)).toBeVisible();
    await studio.view('Gallery');
    await page.getByRole('group', { name: 'Pictures' }).getByRole('button').first().click();
    const details = page.getByRole('region', { name: 'Picture details' });
    await expect(details.getByText(prompt)).toBeVisible();
    await expect(details.getByText('<b onmouseover="window.hacked=1">bold</b>')).toBeVisible();
    expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
  },
};

const keyboardOnly: Journey = {
  name: 'by keyboard alone: from the prompt to an accepted picture',
  async run({ studio, dataFolder }) {
    const { page } = studio;
    const focused = (name: string) => expect(page.locator(':focus')).toHaveAccessibleName(name);
    await page.keyboard.press('/');
    await focused('Prompt');
    await page.keyboard.type('a white boat');
    for (let count = 0; count < 12 && (await page.locator(':focus').getAttribute('type')) !== 'range'; count++)
      await page.keyboard.press('Tab');
    await focused('Steps');
    await page.keyboard.press('Home');
    for (let step = 1; step < drawnSteps; step++) await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Control+Enter');
    await expect(studio.candidate(1)).toBeVisible({ timeout: 60_000 });
    // The strip is reached with the Tab key, like everything else.
    const isThere = () => page.locator(':focus').evaluate((element) => element.getAttribute('aria-label') === 'Candidate 1, finished');
    for (let count = 0; count < 80 && !(await isThere()); count++) await page.keyboard.press('Tab');
    await focused('Candidate 1, finished');
    await page.keyboard.press('Tab');
    await focused('Accept as layer');
    await page.keyboard.press('Enter');
    await expect(studio.layer(/a white boat/)).toBeVisible();
    expect((await lastPicture(dataFolder)).recipe.steps).toBe(drawnSteps);
  },
};

export const exchangeJourneys: readonly Journey[] = [recipeBack, hostile, keyboardOnly];
