import { describe, expect, it } from 'vitest';
import { goldenCounts, unitCounts } from './counts.ts';

describe('counts', () => {
  it('are those of the last line of strata verify', () => {
    expect(goldenCounts('passed  randn/seed0\n12 passed, 3 failed\n')).toEqual({ passed: 12, failed: 3 });
  });

  it('are unknown when strata verify ends otherwise', () => {
    expect(goldenCounts('12 passed, 3 failed\nError: out of memory\n')).toBeUndefined();
    expect(goldenCounts('')).toBeUndefined();
  });

  it('take a test file that does not load as a failure', () => {
    const test = (status: string, fullName: string): { status: string; fullName: string } => ({ status, fullName });
    const report = {
      testResults: [
        { name: 'a.test.ts', status: 'failed', assertionResults: [] },
        { name: 'b.test.ts', status: 'failed', assertionResults: [test('failed', 'b fails'), test('passed', 'b passes')] },
        { name: 'c.test.ts', status: 'passed', assertionResults: [test('skipped', 'c waits')] },
      ],
    };
    expect(unitCounts(report)).toEqual({ counts: { passed: 1, failed: 2 }, skipped: ['c waits'] });
  });
});
