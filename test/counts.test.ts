import { describe, expect, it } from 'vitest';
import { goldenCounts, unitOutcome } from './counts.ts';

describe('counts', () => {
  it('are those of the last line of strata verify', () => {
    expect(goldenCounts('passed  randn/seed0\n12 passed, 3 failed\n')).toEqual({ passed: 12, failed: 3 });
  });

  it('are unknown when strata verify ends otherwise', () => {
    expect(goldenCounts('12 passed, 3 failed\nError: out of memory\n')).toBeUndefined();
    expect(goldenCounts('')).toBeUndefined();
  });
});

describe('the outcome of the unit tests', () => {
  const test = (status: string, fullName: string, ...failureMessages: string[]) => ({ status, fullName, failureMessages });

  it('names each failure with its file and the first line of its message', () => {
    const failing = test('failed', 'adds numbers', 'AssertionError: expected 3 to be 4\n    at sum.test.ts:5:3');
    const assertionResults = [failing, test('failed', 'ends'), test('passed', 'subtracts'), test('skipped', 'waits')];
    expect(unitOutcome({ testResults: [{ name: 'sum.test.ts', status: 'failed', message: '', assertionResults }] })).toEqual({
      counts: { passed: 1, failed: 2 },
      failures: ['sum.test.ts: adds numbers: AssertionError: expected 3 to be 4', 'sum.test.ts: ends: no message'],
      skipped: ['waits'],
    });
  });

  it('takes a test file that does not load as one failure', () => {
    const message = "Error: Cannot find module './gone.ts'\n    at load";
    const testResults = [
      { name: 'a.test.ts', status: 'failed', message, assertionResults: [] },
      { name: 'b.test.ts', status: 'failed', message: 'a hook failed', assertionResults: [test('passed', 'b passes')] },
      { name: 'c.test.ts', status: 'passed', message: '', assertionResults: [test('passed', 'c passes')] },
    ];
    expect(unitOutcome({ testResults })).toEqual({
      counts: { passed: 2, failed: 2 },
      failures: ["a.test.ts: Error: Cannot find module './gone.ts'", 'b.test.ts: a hook failed'],
      skipped: [],
    });
  });
});
