import { compareTensor } from './compare.ts';
import type { OpenGroup } from './golden-folder.ts';
import type { Comparison, GoldenCase, GoldenCheck, GoldenContext, GoldenTensor } from './types.ts';

export interface CaseRun {
  readonly goldenCase: GoldenCase;
  readonly group: OpenGroup;
  readonly check: GoldenCheck | undefined;
  readonly shared: Map<string, unknown>;
}

export interface CaseOutcome {
  readonly id: string;
  readonly passed: boolean;
  /** The comparison nearest to its limit, or what went wrong. */
  readonly text: string;
}

/** Runs one case. It passes when every expected role was recorded and every recorded comparison passed; what the check throws fails it. */
export async function runCase({ goldenCase, group, check, shared }: CaseRun): Promise<CaseOutcome> {
  const { id, kind } = goldenCase;
  if (!check) return { id, passed: false, text: `no check for kind ${kind}` };
  const comparisons: Comparison[] = [];
  const remarks: string[] = [];
  try {
    const tensors = await group.tensorsOf(goldenCase);
    await check(goldenCase, contextOf({ goldenCase, group, tensors, shared, comparisons, remarks }));
  } catch (error) {
    return { id, passed: false, text: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
  const missing = Object.keys(goldenCase.expected).filter((role) => !comparisons.some((comparison) => comparison.role === role));
  if (missing.length > 0) return { id, passed: false, text: `not computed: ${missing.join(', ')}` };
  return { id, passed: comparisons.every((comparison) => comparison.passed), text: describe(comparisons, remarks) };
}

interface ContextParts {
  readonly goldenCase: GoldenCase;
  readonly group: OpenGroup;
  readonly tensors: ReadonlyMap<string, GoldenTensor>;
  readonly shared: Map<string, unknown>;
  readonly comparisons: Comparison[];
  readonly remarks: string[];
}

function contextOf({ goldenCase, group, tensors, shared, comparisons, remarks }: ContextParts): GoldenContext {
  const tensor = (names: Readonly<Record<string, string>>, role: string): GoldenTensor => {
    const found = tensors.get(names[role] ?? '');
    if (!found) throw new RangeError(`role: expected one of ${Object.keys(names).join(', ')}, got ${role}`);
    return found;
  };
  return {
    root: group.root,
    about: group.about,
    input: (role) => tensor(goldenCase.inputs, role),
    hasInput: (role) => role in goldenCase.inputs,
    expects: (role) => role in goldenCase.expected,
    expected: (role) => tensor(goldenCase.expected, role),
    expect(role, data) {
      comparisons.push(compareTensor(role, goldenCase.tolerance, tensor(goldenCase.expected, role), data));
    },
    expectText(what, expected, got) {
      const passed = expected === got;
      comparisons.push({
        role: what,
        passed,
        share: passed ? 0 : Infinity,
        text: passed ? 'equal' : `expected ${expected}, got ${got}`,
      });
    },
    remark: (text) => void remarks.push(text),
    shared<T>(key: string, make: () => T): T {
      if (!shared.has(key)) shared.set(key, make());
      return shared.get(key) as T;
    },
  };
}

function describe(comparisons: readonly Comparison[], remarks: readonly string[]): string {
  const failed = comparisons.filter((comparison) => !comparison.passed);
  const shown = failed.length > 0 ? failed : comparisons.toSorted((a, b) => b.share - a.share).slice(0, 1);
  return [...shown.map(({ role, text }) => `${role}: ${text}`), ...remarks].join('; ');
}
