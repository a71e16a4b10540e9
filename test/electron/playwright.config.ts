import { defineConfig } from '@playwright/test';

/** Windows of the real app, one after another: two cores draw slowly, and a display holds one focus. */
export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.ts',
  workers: 1,
  // A busy CI machine gets a second try; Playwright then lists the test as flaky.
  retries: process.env['CI'] ? 1 : 0,
  timeout: 120_000,
  expect: { timeout: 30_000 },
  reporter: [['list']],
  outputDir: '../../node_modules/.cache/electron-results',
});
