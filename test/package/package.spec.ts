import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron, expect, test } from '@playwright/test';

const root = join(import.meta.dirname, '..', '..');
const built = join(root, 'release', 'linux-unpacked');
const placeholder = join(root, 'test', 'golden', 'copy', 'models', 'tiny-sd15-f16.safetensors');

/** The app in a folder far from the repository, so that nothing of it is in reach. */
const folder = mkdtempSync(join(tmpdir(), 'strata-package-'));
const appFolder = join(folder, 'app');

test.beforeAll(() => {
  if (!existsSync(built)) throw new Error('release/linux-unpacked is not there: run npm run package:dir first.');
  cpSync(built, appFolder, { recursive: true });
});

test.afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('native modules are those of this platform only', () => {
  const natives = filesOf(appFolder).filter((path) => /\.(node|dylib|dll)$/.test(path));
  expect(natives.length).toBeGreaterThan(0);
  const foreign = natives.filter((path) => !/linux[-/]x64/.test(path));
  expect(foreign).toEqual([]);
});

test('the packaged app draws with its own engine', async () => {
  const starter = join(appFolder, 'resources', 'starter', 'weights');
  const { DISPLAY, XAUTHORITY } = process.env;
  const env: Record<string, string> = {
    HOME: folder,
    PATH: '/nowhere',
    STRATA_HOME: join(folder, 'data'),
    DISPLAY: DISPLAY ?? '',
    XAUTHORITY: XAUTHORITY ?? '',
  };
  if (!existsSync(starter)) env['STRATA_STARTER'] = tinyModel();
  const app = await _electron.launch({
    executablePath: join(appFolder, 'strata'),
    args: ['--no-sandbox', `--user-data-dir=${join(folder, 'electron')}`],
    cwd: folder,
    env,
    timeout: 60_000,
  });
  const page = await app.firstWindow({ timeout: 60_000 });
  await page.getByLabel('Prompt', { exact: true }).fill('a red house');
  await page.getByRole('button', { name: 'Generate' }).click();
  await expect(page.getByRole('region', { name: 'Candidates' }).getByRole('button', { name: /^Candidate 1/ })).toBeVisible();
  const pictures = () => filesOf(join(folder, 'data', 'pictures')).filter((path) => path.endsWith('.png')).length;
  await expect.poll(pictures, { timeout: 60_000 }).toBe(1);
  await app.close();
});

/** A build without the starter model draws with the tiny one; its configuration lies beside it. */
function tinyModel(): string {
  const copy = join(folder, 'tiny');
  cpSync(join(placeholder, '..'), copy, { recursive: true });
  return join(copy, 'tiny-sd15-f16.safetensors');
}

function filesOf(path: string): string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
