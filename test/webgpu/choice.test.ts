import { expect, it } from 'vitest';
import { patienceMs, runScript } from './child.ts';
import { swiftshaderEnvironment } from './swiftshader.ts';

interface Trial {
  readonly name: string;
  readonly said: unknown;
}

it('finds, tests, times and chooses a device, and packs weights on it', { timeout: patienceMs }, () => {
  const said = Object.fromEntries(runScript<Trial>('run-choice.ts', [], swiftshaderEnvironment()).map((trial) => [trial.name, trial.said]));
  expect(said).toEqual({
    adapters: [true],
    automatic: 'CPU: the only GPU is a software one.',
    forced: 'webgpu',
    measured: true,
    'tested again after a loss': { profiles: ['fast', 'safe'], verdicts: 2, isSameDevice: true },
    'a new driver': true,
    tuned: { onItsOwn: 0, forced: [['gemm 32x32x16x1']], isKnown: true },
    packed: [],
  });
});
