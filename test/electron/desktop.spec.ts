import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { decodePsd } from '../../src-renderer/canvas/psd/psd-bytes.ts';
import { starterSide } from '../e2e/starter.ts';
import { StudioPage } from '../e2e/studio-page.ts';
import { startAgain, TestApp } from './app.ts';

/** One app for the tests that leave it as it was. */
const shared = new TestApp();

test.beforeAll(async () => {
  await shared.start();
});

test.afterAll(async () => {
  await shared.dispose();
});

test('the window has every protection that it should have', async () => {
  const preferences = await shared.app.evaluate(({ BrowserWindow }) => {
    const contents = BrowserWindow.getAllWindows()[0]!.webContents as unknown as { getLastWebPreferences(): Record<string, unknown> };
    return contents.getLastWebPreferences();
  });
  expect(preferences).toMatchObject({
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    webviewTag: false,
    experimentalFeatures: false,
  });
  const globals = await shared.page.evaluate(() => [typeof Reflect.get(window, 'require'), typeof Reflect.get(window, 'process')]);
  expect(globals).toEqual(['undefined', 'undefined']);
});

test('the page comes with its content security policy, and inline scripts do not run', async () => {
  const policy = await shared.page.evaluate(async () => (await fetch('app://studio/')).headers.get('content-security-policy'));
  expect(policy).toContain("script-src 'self'");
  expect(policy).toContain("default-src 'none'");
  const ran = await shared.page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'window.inlineRan = true';
    document.head.append(script);
    return Reflect.get(window, 'inlineRan') === true;
  });
  expect(ran).toBe(false);
});

test('only files of the page and pictures by id are served', async () => {
  const statuses = await shared.page.evaluate(async () => {
    const status = async (url: string) => (await fetch(url).catch(() => ({ status: 0 }))).status;
    return Promise.all([
      status('app://studio/index.html'),
      status('app://studio/../../package.json'),
      status('app://studio/%2e%2e/%2e%2e/package.json'),
      status('app://studio/nothing.js'),
      status(`asset://${'0'.repeat(64)}`),
      status('file:///etc/passwd'),
    ]);
  });
  expect(statuses).toEqual([200, 404, 404, 404, 404, 0]);
});

test('navigation, pop-ups and permissions are denied', async () => {
  // A page of its own: Playwright waits for ever for the navigation that never comes.
  const other = new TestApp();
  const page = await other.start();
  await page.evaluate(() => {
    window.location.href = 'https://example.org/';
  });
  const popup = await page.evaluate(() => window.open('https://example.org/'));
  expect(popup).toBeNull();
  const denied = await page.evaluate(async () => {
    const { state } = await navigator.permissions.query({ name: 'geolocation' });
    return state;
  });
  expect(denied).toBe('denied');
  expect(page.url()).toBe('app://studio/');
  const count = await other.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length);
  expect(count).toBe(1);
  await other.dispose();
});

test('messages from another page, or of another form, are refused', async () => {
  const refused = await shared.app.evaluate(async ({ BrowserWindow }) => {
    const stranger = new BrowserWindow({ show: false, webPreferences: { nodeIntegration: true, contextIsolation: false, sandbox: false } });
    await stranger.loadURL('data:text/html,<p>stranger</p>');
    const answer = (await stranger.webContents.executeJavaScript(
      `require('electron').ipcRenderer.invoke('strata:show-picture', { asset: '${'0'.repeat(64)}' }).then(() => 'answered', (error) => error.message)`,
    )) as string;
    stranger.destroy();
    return answer;
  });
  expect(refused).toContain('Refused');
  const wrongForm = await shared.page.evaluate(async () => {
    const bridge = Reflect.get(window, 'strata') as { showPicture(asset: string): Promise<void> };
    return bridge.showPicture('../../etc/passwd').then(
      () => 'answered',
      (error: Error) => error.message,
    );
  });
  expect(wrongForm).toContain('Refused');
});

test('layers leave and enter as a Photoshop file: the worker for it runs under the policy of the app', async () => {
  const studio = new StudioPage(shared.page, { address: 'app://studio/' }, starterSide);
  await studio.ready();
  await studio.addLayer('Raster layer');
  await studio.fillRectangle({ x: 16, y: 16 }, { x: 48, y: 32 });
  const file = join(shared.folder, 'layers.psd');
  await shared.app.evaluate(({ BrowserWindow }, path) => {
    const { session } = BrowserWindow.getAllWindows()[0]!.webContents;
    const saved = new Promise<string>((resolve) => {
      session.once('will-download', (_event, item) => {
        item.setSavePath(path);
        item.once('done', (_done, state) => resolve(state));
      });
    });
    Reflect.set(globalThis, 'saved', saved);
  }, file);
  await studio.button('Strata').click();
  await shared.page.getByRole('menuitem', { name: 'Export layers as PSD' }).click();
  expect(await shared.app.evaluate(() => Reflect.get(globalThis, 'saved') as Promise<string>)).toBe('completed');
  const bytes = readFileSync(file);
  expect(decodePsd(bytes).layers.map(({ name, left, top }) => [name, left, top])).toEqual([['Raster layer', 16, 16]]);
  await studio.layer('Raster layer').press('F2');
  await shared.page.keyboard.type('Mine');
  await shared.page.keyboard.press('Enter');
  await studio.drop(bytes, 'layers.psd');
  await expect(studio.layers.getByRole('option')).toHaveText([/Raster layer/, /Mine/]);
});

test('a second start hands its file to the first and ends', async () => {
  const file = join(shared.folder, 'hello.strata');
  writeFileSync(file, 'not a document');
  startAgain(shared, file);
  await expect(
    shared.page
      .getByRole('alert')
      .or(shared.page.getByRole('status'))
      .filter({ hasText: /document/i })
      .first(),
  ).toBeVisible();
  const count = await shared.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length);
  expect(count).toBe(1);
});
