import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { VerifyLine } from '../../src-main/contract/reports.ts';
import { patienceMs, runScript } from './child.ts';
import { swiftshaderEnvironment } from './swiftshader.ts';

const folder = fileURLToPath(new URL('../golden/copy', import.meta.url));

/** A step, an image encoder and a whole picture on our own kernels; the shared folder's cases run with `run-golden.ts FOLDER GROUP`. */
it.each([
  ['components', 'unet-sd15-f16-file'],
  ['adapters', 'sd15-clip-vision'],
  ['pipelines', 'sd15-f16-single-file'],
])('gives what the Python libraries give for %s %s', { timeout: patienceMs }, (group, match) => {
  const lines = runScript<VerifyLine>('run-golden.ts', [folder, group, match], swiftshaderEnvironment());
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.filter(({ ok }) => !ok)).toEqual([]);
});
