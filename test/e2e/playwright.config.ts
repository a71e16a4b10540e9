import { defineConfig } from '@playwright/test';
import { findChromium } from './browser.ts';

const { executablePath, env } = await findChromium();

export default defineConfig({
  testDir: '.',
  testMatch: '*.test.ts',
  outputDir: '../../test-results/e2e',
  fullyParallel: false,
  workers: 2,
  forbidOnly: true,
  // A busy CI machine gets a second try; Playwright then lists the test as flaky.
  retries: process.env['CI'] ? 1 : 0,
  // Against hangs alone: a test may not fail because the computer is slow.
  timeout: 180_000,
  expect: { timeout: 30_000 },
  reporter: [['list']],
  use: {
    viewport: { width: 1280, height: 800 },
    trace: 'retain-on-failure',
    permissions: ['clipboard-read', 'clipboard-write'],
    launchOptions: {
      executablePath,
      env: { ...(process.env as Record<string, string>), ...env },
      args: ['--no-sandbox', '--disable-gpu', '--font-render-hinting=none'],
    },
  },
});
