import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { TestApp } from './app.ts';

/** The journeys of a person through the desktop app, on the real studio and engine. */
let studio: TestApp;

test.beforeEach(async () => {
  studio = new TestApp();
  const page = await studio.start();
  // The engine names its models a moment after the page is there; an untouched document then takes the model's own size.
  await expect(page.getByText(/Frame (128|256) × /)).toBeVisible();
});

test.afterEach(async () => {
  await studio.dispose();
});

async function generate(page: Page, prompt: string, steps: number): Promise<void> {
  await page.getByLabel('Prompt', { exact: true }).fill(prompt);
  await page.getByLabel('Steps').fill(String(steps));
  await page.getByRole('button', { name: 'Generate', exact: true }).click();
}

const candidate = (page: Page, number: number) => page.getByRole('button', { name: `Candidate ${number}, finished` });
const layers = (page: Page) => page.getByRole('listbox', { name: 'Layers' }).getByRole('option');

function savedPictures(): string[] {
  const folder = join(studio.folder, 'data', 'pictures');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.png'));
}

test('a first picture is drawn, accepted, and there with its undo after a restart', async () => {
  const { page } = studio;
  await generate(page, 'a red house under a blue sky', 3);
  await expect(candidate(page, 1)).toBeVisible();
  await page.getByRole('button', { name: 'Accept as layer' }).click();
  await expect(layers(page)).toHaveCount(1);
  const [name] = savedPictures();
  const png = readFileSync(join(studio.folder, 'data', 'pictures', name!));
  expect(png.includes('a red house under a blue sky')).toBe(true);

  await studio.stop();
  const again = await studio.start();
  await expect(layers(again)).toHaveCount(1);
  await again.getByRole('button', { name: 'Undo' }).click();
  await expect(layers(again)).toHaveCount(0);
  await again.getByRole('button', { name: 'Redo' }).click();
  await expect(layers(again)).toHaveCount(1);
});

test('a run is cancelled, and the next one is drawn', async () => {
  const { page } = studio;
  await generate(page, 'a boat at sunset', 60);
  await expect(page.getByText(/Step \d+ of 60/)).toBeVisible();
  await page.getByRole('button', { name: 'Cancel', exact: true }).click();
  await expect(page.getByRole('progressbar')).toHaveCount(0);
  await generate(page, 'a boat at sunset', 2);
  await expect(page.getByRole('button', { name: /^Candidate \d+, finished/ })).toHaveCount(1);
});

test('an engine that is killed in the middle costs no picture: the job is drawn again', async () => {
  const { page } = studio;
  await generate(page, 'a lighthouse', 60);
  await expect(page.getByText(/Step \d+ of 60/)).toBeVisible();
  expect(studio.kill('src-main/engine/main.ts')).toBeGreaterThan(0);
  await expect(candidate(page, 1)).toBeVisible({ timeout: 60_000 });
  expect(savedPictures()).toHaveLength(1);
});

test('the first picture of a newcomer is one example and one key away', async () => {
  const { page } = studio;
  await page
    .getByRole('region', { name: 'Examples' })
    .getByRole('button', { name: /A red house/ })
    .click();
  await page.getByLabel('Steps').fill('2');
  await page.getByLabel('Prompt', { exact: true }).focus();
  await page.keyboard.press('Control+Enter');
  await expect(candidate(page, 1)).toBeVisible();
});
