import { beforeAll, describe, expect, it } from 'vitest';
import { patienceMs, runScript } from './child.ts';
import { attentionCases } from './attention-cases.ts';
import { operationCases } from './cases.ts';
import { mergeCases } from './merge-cases.ts';
import type { CaseResult } from './run-cases.ts';
import { swiftshaderEnvironment } from './swiftshader.ts';

describe.each([
  { suite: 'operations', cases: operationCases },
  { suite: 'attention', cases: attentionCases },
  { suite: 'merged nodes', cases: mergeCases },
])('$suite in WGSL agree with the reference loops', ({ suite, cases }) => {
  const results = new Map<string, CaseResult>();

  beforeAll(() => {
    for (const result of runScript<CaseResult>('run-suite.ts', ['f32', 'plain', suite], swiftshaderEnvironment()))
      results.set(result.name, result);
  }, patienceMs);

  it.each(cases.map(({ name, tolerance }) => ({ name, tolerance })))('$name', ({ name, tolerance }) => {
    const { errors, overruns, failure } = results.get(name) ?? { errors: {}, overruns: [], failure: 'no result' };
    expect({ failure, overruns }).toEqual({ failure: undefined, overruns: [] });
    expect(Math.max(...Object.values(errors))).toBeLessThanOrEqual(tolerance);
  });
});
