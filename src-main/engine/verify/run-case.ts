import { compareTensor } from './compare.ts';
import type { OpenGroup } from './golden-folder.ts';
import type { Comparison, GoldenCase, GoldenCheck, GoldenContext, GoldenTensor } from './types.ts';

/** What all cases of a run share. */
export type RunSurroundings = Pick<GoldenContext, 'device' | 'signal' | 'shared'>;

export interface CaseRun extends RunSurroundings {
  readonly goldenCase: GoldenCase;
  readonly group: OpenGroup;
  readonly check: GoldenCheck | undefined;
}

export interface CaseOutcome {
  readonly passed: boolean;
  /** Of the comparison nearest to its limit, or the first that failed; null where values must be equal. */
  readonly error: number | null;
  readonly limit: number | null;
  readonly note: string;
}

/** Runs one case. It passes when every expected role was recorded and every recorded comparison passed; what the check throws fails it. */
export async function runCase(run: CaseRun): Promise<CaseOutcome> {
  const { goldenCase, group, check } = run;
  if (!check) return refused(`no check for kind ${goldenCase.kind}`);
  const comparisons: Comparison[] = [];
  const remarks: string[] = [];
  try {
    const tensors = await group.tensorsOf(goldenCase);
    await check(goldenCase, contextOf(run, { tensors, comparisons, remarks }));
  } catch (error) {
    return refused(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
  }
  const missing = Object.keys(goldenCase.expected).filter((role) => !comparisons.some((comparison) => comparison.role === role));
  if (missing.length > 0) return refused(`not computed: ${missing.join(', ')}`);
  return summarise(comparisons, remarks);
}

function refused(note: string): CaseOutcome {
  return { passed: false, error: null, limit: null, note };
}

interface Recording {
  readonly tensors: ReadonlyMap<string, GoldenTensor>;
  readonly comparisons: Comparison[];
  readonly remarks: string[];
}

function contextOf({ goldenCase, group, device, signal, shared }: CaseRun, { tensors, comparisons, remarks }: Recording): GoldenContext {
  const tensor = (names: Readonly<Record<string, string>>, role: string): GoldenTensor => {
    const found = tensors.get(names[role] ?? '');
    if (!found) throw new RangeError(`role: expected one of ${Object.keys(names).join(', ')}, got ${role}`);
    return found;
  };
  return {
    root: group.root,
    about: group.about,
    device,
    signal,
    shared,
    input: (role) => tensor(goldenCase.inputs, role),
    hasInput: (role) => role in goldenCase.inputs,
    expects: (role) => role in goldenCase.expected,
    expected: (role) => tensor(goldenCase.expected, role),
    expect(role, data) {
      comparisons.push(compareTensor(role, goldenCase.tolerance, tensor(goldenCase.expected, role), data));
    },
    expectText(role, expected, got) {
      const passed = expected === got;
      comparisons.push({ role, passed, error: null, limit: null, text: passed ? '' : `expected ${expected}, got ${got}` });
    },
    remark: (text) => void remarks.push(text),
  };
}

function summarise(comparisons: readonly Comparison[], remarks: readonly string[]): CaseOutcome {
  const failed = comparisons.filter((comparison) => !comparison.passed);
  const share = ({ error, limit }: Comparison): number => (error === null || limit === null ? 0 : error / limit);
  const shown = failed[0] ?? comparisons.toSorted((a, b) => share(b) - share(a))[0];
  const note = [...failed.map(({ role, text }) => `${role}: ${text}`), ...remarks].join('; ');
  return { passed: failed.length === 0, error: shown?.error ?? null, limit: shown?.limit ?? null, note };
}
