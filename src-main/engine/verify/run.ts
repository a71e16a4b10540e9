import { access } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { goldenChecks } from './checks.ts';
import { runCase, type CaseOutcome } from './run-case.ts';
import { groupNames, openGroup } from './golden-folder.ts';
import type { GoldenCheck } from './types.ts';

export interface VerifyOptions {
  /** Runs only the cases whose id or kind contains this text. */
  readonly match?: string;
  readonly checks?: Readonly<Record<string, GoldenCheck>>;
}

export interface VerifySummary {
  readonly passed: number;
  readonly failed: number;
}

/**
 * Runs the golden cases of `folder` (a folder of groups, or one group) and emits one line a case and the line 'N passed, N failed'.
 * A case of a kind without a check counts as failed.
 */
export async function verifyFolder(
  folder: string,
  groups: readonly string[],
  emit: (line: string) => void,
  { match = '', checks = goldenChecks }: VerifyOptions = {},
): Promise<VerifySummary> {
  const shared = new Map<string, unknown>();
  let passed = 0;
  let failed = 0;
  for (const root of await groupRoots(folder, groups)) {
    await using group = await openGroup(root);
    for (const goldenCase of group.cases) {
      if (!`${goldenCase.id} ${goldenCase.kind}`.includes(match)) continue;
      const outcome = await runCase({ goldenCase, group, check: checks[goldenCase.kind], shared });
      emit(line(group.name, outcome));
      if (outcome.passed) passed++;
      else failed++;
    }
  }
  emit(`${passed} passed, ${failed} failed`);
  return { passed, failed };
}

async function groupRoots(folder: string, groups: readonly string[]): Promise<string[]> {
  const isGroup = await access(join(folder, 'cases.json')).then(
    () => true,
    () => false,
  );
  if (isGroup) return groups.length === 0 || groups.includes(basename(folder)) ? [folder] : [];
  const names = groups.length > 0 ? groups : await groupNames(folder);
  return names.map((name) => join(folder, name));
}

function line(group: string, { id, passed, text }: CaseOutcome): string {
  return `${passed ? 'passed' : 'FAILED'}  ${group}/${id}  ${text}`;
}
