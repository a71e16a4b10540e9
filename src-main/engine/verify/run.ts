import { access } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { VerifyLine } from '../../contract/reports.ts';
import type { DeviceChoice } from '../engine-service.ts';
import { goldenChecks } from './checks.ts';
import { groupNames, openGroup } from './golden-folder.ts';
import { runCase } from './run-case.ts';
import type { GoldenCheck } from './types.ts';

export interface VerifyOptions {
  /** Runs only the cases whose id or kind contains this text. */
  readonly match?: string;
  readonly checks?: Readonly<Record<string, GoldenCheck>>;
  readonly device?: DeviceChoice;
  readonly signal?: AbortSignal;
}

/**
 * Runs the golden cases of `folder` (a folder of groups, or one group) and emits one line a case. `groups` null or empty runs all.
 * A case of a kind without a check counts as failed. Throws the signal's reason when it is aborted.
 */
export async function verifyFolder(
  folder: string,
  groups: readonly string[] | null,
  emit: (line: VerifyLine) => void,
  options: VerifyOptions = {},
): Promise<void> {
  const { match = '', checks = goldenChecks, device = 'auto', signal } = options;
  const shared = sharedValues();
  for (const root of await groupRoots(folder, groups ?? [])) {
    await using group = await openGroup(root);
    for (const goldenCase of group.cases) {
      signal?.throwIfAborted();
      if (!`${goldenCase.id} ${goldenCase.kind}`.includes(match)) continue;
      const outcome = await runCase({ goldenCase, group, check: checks[goldenCase.kind], device, signal, shared });
      const { error, limit, note } = outcome;
      emit({ group: group.name, name: goldenCase.id, ok: outcome.passed, error, limit, note });
    }
  }
}

function sharedValues(): <T>(key: string, make: () => T) => T {
  const values = new Map<string, unknown>();
  return <T>(key: string, make: () => T): T => {
    if (!values.has(key)) values.set(key, make());
    return values.get(key) as T;
  };
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
