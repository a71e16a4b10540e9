import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { goldenCounts, unitOutcome, type Counts, type VitestReport } from './counts.ts';
import { commandOf, has, root, run } from './tool.ts';

const isCi = process.env['CI'] === 'true';
const sharedGolden = '../shared/golden';
const ownGolden = 'test/golden/copy';

/** What a run adds up, besides its counts. */
interface Findings {
  /** A line for each failure, printed again at the end. */
  readonly failures: string[];
  readonly notCovered: string[];
}

/** Unit, fault and layer tests; `filters` are vitest's. */
async function unitTests(filters: readonly string[], { failures, notCovered }: Findings): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), 'strata-test-'));
  try {
    const file = join(folder, 'report.json');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const { code } = await run([...commandOf('vitest'), 'run', ...reporters, ...filters], { live: true });
    const report: VitestReport = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as VitestReport) : { testResults: [] };
    const { counts, failures: failed, skipped } = unitOutcome(report);
    failures.push(...failed.map((line) => line.replace(`${root}/`, '')));
    for (const name of skipped) notCovered.push(`skipped test: ${name}`);
    if (code === 0 || counts.failed > 0) return counts;
    failures.push(`vitest ended with code ${code}, but no test failed`);
    return { passed: counts.passed, failed: 1 };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The golden cases of the shared folder where it is, else of the small copy in the repository. */
async function goldenCases({ failures, notCovered }: Findings): Promise<Counts> {
  const isShared = has(sharedGolden);
  const folder = isShared ? sharedGolden : ownGolden;
  if (!isShared) {
    if (isCi) {
      failures.push(`${sharedGolden} is not there, and CI requires it`);
      return { passed: 0, failed: 1 };
    }
    notCovered.push(`the golden cases of ${sharedGolden}; only the copy of the cheapest in ${ownGolden} ran`);
  }
  console.log(`\nverifying ${folder}`);
  const command = [...commandOf('src-main/hosts/cli.ts'), 'verify', `${root}/${folder}`];
  const { code, stdout, stderr, seconds } = await run(command);
  const counts = goldenCounts(stdout);
  for (const line of stdout.split('\n')) if (line.startsWith('failed')) failures.push(`golden case: ${line}`);
  if (!counts || (code !== 0 && counts.failed === 0)) {
    console.log(stderr);
    failures.push(`strata verify ended with code ${code} and no count of failures`);
    return { passed: counts?.passed ?? 0, failed: 1 };
  }
  console.log(`golden cases: ${counts.passed} passed, ${counts.failed} failed in ${seconds.toFixed(1)} s`);
  return counts;
}

function printList(title: string, lines: readonly string[]): void {
  if (lines.length > 0) console.log(`\n${title}:\n${lines.map((line) => `  - ${line}`).join('\n')}`);
}

async function main(filters: readonly string[]): Promise<void> {
  const findings: Findings = { failures: [], notCovered: [] };
  const all = [await unitTests(filters, findings)];
  if (filters.length === 0) {
    all.push(await goldenCases(findings));
    findings.notCovered.push('the browser and Electron suites (test/e2e, test/electron), which .ci/run starts');
  } else {
    findings.notCovered.push('everything that the given filters leave out, and the golden cases');
  }
  printList('not covered in this run', findings.notCovered);
  printList('failed', findings.failures);
  const passed = all.reduce((sum, counts) => sum + counts.passed, 0);
  const failed = all.reduce((sum, counts) => sum + counts.failed, 0);
  console.log(`\n${passed} passed, ${failed} failed`);
  if (failed > 0 || passed === 0) process.exitCode = 1;
}

await main(process.argv.slice(2));
