import { expect, it } from 'vitest';
import { patienceMs, runScript } from './child.ts';
import { vendorTargets } from './profiles.ts';

interface ProfileResult {
  readonly profile: string;
  readonly kernels: number;
  readonly matrix: number;
  readonly refused: readonly string[];
}

it(
  "validates every vendor's kernels on the null back end",
  () => {
    const results = runScript<ProfileResult>('run-null.ts', []);
    expect(results.map(({ profile, refused }) => ({ profile, refused }))).toEqual(
      Object.keys(vendorTargets).map((profile) => ({ profile, refused: [] })),
    );
    const usesMatrix = new Map(results.map(({ profile, matrix }) => [profile, matrix > 10]));
    for (const [profile, target] of Object.entries(vendorTargets)) expect(usesMatrix.get(profile)).toBe(target.matrix !== undefined);
  },
  patienceMs,
);
