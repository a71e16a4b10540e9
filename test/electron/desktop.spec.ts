import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
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
