import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runScript } from './child.ts';
import { passes, type CaseResult } from './run-cases.ts';

/**
 * Opt-in (`npm run test:matrix`): the kernels for matrix units, and everything else in f16, on a software driver that has both. Which driver
 * is said by the environment (VK_DRIVER_FILES, and VULKAN_NODE where node must be started in its own way); without one, the script
 * of the workplace that fetches Mesa's lavapipe is asked.
 */
const fetcher = fileURLToPath(new URL('../../../shared/runtime/get-vulkan', import.meta.url));

function environment(): Record<string, string> {
  if (process.env['VULKAN_NODE'] !== undefined) return {};
  if (!existsSync(fetcher)) throw new Error('expected VULKAN_NODE and VK_DRIVER_FILES of a driver with subgroup matrices, got neither');
  const lines = execFileSync(fetcher, ['lavapipe'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).split('\n');
  const pairs = lines.map((line) => /^export (\w+)=(.*)$/.exec(line)).filter((match) => match !== null);
  return Object.fromEntries(pairs.map(([, name, value]) => [name!, value!]));
}

const found = { VULKAN_REAL_NODE: process.execPath, ...environment() } as Record<string, string>;
const node = found['VULKAN_NODE'] ?? process.env['VULKAN_NODE']!;
let failed = 0;
for (const [units, suite, only] of [
  ['matrix', 'matrix', ''],
  ['plain', 'operations', ''],
  ['plain', 'merged nodes', ''],
  ['matrix', 'merged nodes', 'spatial|residual block|accumulation'],
] as const) {
  for (const result of runScript<CaseResult>('run-suite.ts', ['f16', units, suite, only], found, node)) {
    if (!passes(result)) failed++;
    console.log(
      `${passes(result) ? 'passed' : 'FAILED'}  ${units} ${suite}: ${result.name}  ${result.failure ?? Math.max(...Object.values(result.errors)).toExponential(1)}`,
    );
  }
}
console.log(failed === 0 ? 'all passed' : `${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
