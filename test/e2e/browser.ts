import { execFileSync } from 'node:child_process';
import { createReadStream, createWriteStream, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { chromium, type Browser } from '@playwright/test';

const root = join(import.meta.dirname, '..', '..');

/** Installed browsers that will do, by platform; the first one there is taken. */
const installed: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  linux: ['/usr/bin/chromium', '/usr/bin/google-chrome', '/usr/bin/chromium-browser'],
  darwin: ['/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', '/Applications/Chromium.app/Contents/MacOS/Chromium'],
  win32: [
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
    'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
  ],
};

interface Found {
  readonly executablePath: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * A Chromium for tests: the one that STRATA_CHROMIUM names, else an installed one, else (linux-x64) the npm package
 * @sparticuz/chromium, unpacked once under node_modules/.cache together with the libraries that a bare system lacks.
 */
export async function findChromium(): Promise<Found> {
  const named = process.env['STRATA_CHROMIUM'];
  if (named !== undefined) return { executablePath: named, env: {} };
  const found = (installed[process.platform] ?? []).find((path) => existsSync(path));
  if (found !== undefined) return { executablePath: found, env: {} };
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error('The browser tests need Chrome or Chromium: install one, or name it in STRATA_CHROMIUM.');
  }
  return await unpackedChromium();
}

async function unpackedChromium(): Promise<Found> {
  const packageFolder = dirname(dirname(dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium'))));
  const bin = existsSync(join(packageFolder, 'bin')) ? join(packageFolder, 'bin') : join(root, 'node_modules/@sparticuz/chromium/bin');
  const { version } = JSON.parse(readFileSync(join(bin, '..', 'package.json'), 'utf8')) as { version: string };
  const folder = join(root, 'node_modules', '.cache', `chromium-${version}`);
  if (!existsSync(folder)) {
    // Unpacked beside its place and moved at the end: a second run never sees half of it.
    const partial = `${folder}.${process.pid}`;
    mkdirSync(partial, { recursive: true });
    await pipeline(
      createReadStream(join(bin, 'chromium.br')),
      createBrotliDecompress(),
      createWriteStream(join(partial, 'chromium'), { mode: 0o755 }),
    );
    for (const archive of ['al2023', 'swiftshader', 'fonts']) {
      const tar = join(partial, `${archive}.tar`);
      await pipeline(createReadStream(join(bin, `${archive}.tar.br`)), createBrotliDecompress(), createWriteStream(tar));
      execFileSync('tar', ['-xf', tar, '-C', partial]);
      rmSync(tar);
    }
    try {
      renameSync(partial, folder);
    } catch (error) {
      rmSync(partial, { recursive: true, force: true });
      if (!existsSync(folder)) throw error;
    }
  }
  return { executablePath: join(folder, 'chromium'), env: { LD_LIBRARY_PATH: [join(folder, 'lib'), folder].join(':') } };
}

/** Starts the browser. The caller closes it. */
export async function launchBrowser(options: { readonly scale?: number } = {}): Promise<Browser> {
  const { executablePath, env } = await findChromium();
  return await chromium.launch({
    executablePath,
    env: { ...process.env, ...env },
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--font-render-hinting=none',
      '--hide-scrollbars',
      ...(options.scale === undefined ? [] : [`--force-device-scale-factor=${options.scale}`]),
    ],
  });
}
