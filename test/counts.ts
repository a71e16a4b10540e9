export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

/** The part of vitest's JSON report that is read here. */
export interface VitestReport {
  readonly testResults: readonly {
    /** The test file. */
    readonly name: string;
    readonly status: string;
    /** Why the file could not be loaded, else empty. */
    readonly message: string;
    readonly assertionResults: readonly VitestAssertion[];
  }[];
}

interface VitestAssertion {
  readonly status: string;
  readonly fullName: string;
  readonly failureMessages: readonly string[];
}

export interface UnitOutcome {
  readonly counts: Counts;
  /** A line for each failure: file, test, and the first line of what it said. */
  readonly failures: readonly string[];
  readonly skipped: readonly string[];
}

/** What came of a vitest run; a file that failed without a failing test (it could not be loaded) counts as one failure. */
export function unitOutcome({ testResults }: VitestReport): UnitOutcome {
  const failures: string[] = [];
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  for (const { name, status, message, assertionResults } of testResults) {
    const failed = assertionResults.filter((test) => test.status === 'failed');
    for (const { fullName, failureMessages } of failed) failures.push(`${name}: ${fullName}: ${firstLine(failureMessages[0])}`);
    if (status === 'failed' && failed.length === 0) failures.push(`${name}: ${firstLine(message)}`);
  }
  const passed = tests.filter(({ status }) => status === 'passed').length;
  const skipped = tests.filter(({ status }) => status !== 'passed' && status !== 'failed').map(({ fullName }) => fullName);
  return { counts: { passed, failed: failures.length }, failures, skipped };
}

function firstLine(message = ''): string {
  return message.trim().split('\n', 1)[0] || 'no message';
}

/** Counts of `strata verify`, whose last line is 'N passed, N failed'; undefined when it is not. */
export function goldenCounts(output: string): Counts | undefined {
  const last = output.trimEnd().split('\n').at(-1) ?? '';
  const [, passed, failed] = /^(\d+) passed, (\d+) failed$/.exec(last) ?? [];
  return passed === undefined || failed === undefined ? undefined : { passed: Number(passed), failed: Number(failed) };
}
