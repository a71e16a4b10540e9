import { expect, it } from 'vitest';
import { patienceMs, runScript } from './child.ts';
import { swiftshaderEnvironment } from './swiftshader.ts';

interface Trial {
  readonly name: string;
  readonly said: unknown;
}

it('names what went wrong on the graphics card', { timeout: patienceMs }, () => {
  const said = Object.fromEntries(runScript<Trial>('run-faults.ts', [], swiftshaderEnvironment()).map((trial) => [trial.name, trial.said]));
  expect(said).toEqual({
    'input that is not finite': { code: 'nonFinite', message: "The model's y on the graphics card holds numbers that are not finite." },
    'input of another shape': { code: 'badInput', message: "The model's input x: expected [1, 3, 4], found [1, 2, 4]." },
    'weights beyond any buffer': { code: 'gpuOutOfMemory', message: 'The graphics card has no room for 6104 MB of weights.' },
    'the same bytes twice': 0,
    'a verdict that is kept': [{ name: 'linear layer', ok: false, error: 1, limit: 1e-4, note: 'kept' }],
  });
});
