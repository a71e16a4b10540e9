import { createHash } from 'node:crypto';
import type { Value } from '../../../../kernels/graph/graph.ts';
import { interpret } from '../../../../kernels/graph/interpret.ts';
import { elementCount, type Tensor } from '../../../../kernels/tensor.ts';
import type { WgslTarget } from '../../../../kernels/wgsl/emitter.ts';
import { AppError } from '../../../contract/errors.ts';
import { applicationVersion } from '../../../contract/version.ts';
import type { Records } from '../../cache/record-file.ts';
import type { OpenDevice } from './device/open.ts';
import { buildProgram } from './program/build.ts';
import { prepareProgram } from './run/executable.ts';
import { selfTestCases, type SelfTestCase } from './self-test-cases.ts';

/** How one class of layers did on the device. */
export interface KernelCheck {
  readonly name: string;
  readonly ok: boolean;
  /** Largest difference over the largest number of the reference; null where nothing came out. */
  readonly error: number | null;
  readonly limit: number;
  readonly note: string;
}

/** Largest relative error of a correct device: the rounding of the storage through a handful of layers. */
const limits = { f32: 1e-4, f16: 2e-2 } as const;

/** Runs every kernel against the reference loops. A device that fails is not offered; the checks say where it went wrong. */
export async function selfTest(
  device: OpenDevice,
  target: WgslTarget,
  cases: readonly SelfTestCase[] = selfTestCases(),
): Promise<KernelCheck[]> {
  const checks: KernelCheck[] = [];
  for (const each of cases) checks.push(await checkCase(each, device, target));
  return checks;
}

async function checkCase({ name, graph }: SelfTestCase, device: OpenDevice, target: WgslTarget): Promise<KernelCheck> {
  const limit = limits[target.storage];
  const inputs = new Map(graph.inputs.map((value) => [value.name, numbersFor(value)]));
  const weights = new Map(graph.weights.map((value) => [value.name, numbersFor(value)]));
  const expected = interpret(graph, { inputs, weight: (value) => weights.get(value.name)! });
  try {
    const executable = await prepareProgram(device, buildProgram(graph, target), async ({ name: weight }) => weights.get(weight)!.data);
    const found = await executable.run(inputs);
    await executable.dispose();
    const error = Math.max(...[...expected].map(([output, tensor]) => relativeError(found.get(output)!, tensor)));
    return { name, ok: error <= limit, error, limit, note: error <= limit ? '' : 'The result differs from the reference.' };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { name, ok: false, error: null, limit, note: error.message };
  }
}

/** Numbers in [-1, 1) that depend on the name alone; weights so small that sums keep the size of their terms. */
function numbersFor({ name, shape, kind }: Value): Tensor<Float32Array> {
  const count = elementCount(shape);
  const factor = kind === 'weight' && shape.length > 1 ? (count / shape[0]!) ** -0.5 : 1;
  const offset = kind === 'weight' && shape.length === 1 ? 1 : 0;
  let state = [...name].reduce((hash, character) => Math.imul(hash ^ character.codePointAt(0)!, 0x01000193), 0x811c9dc5);
  const data = Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return offset + ((state >> 8) / 2 ** 23) * factor;
  });
  return { shape, data };
}

function relativeError(found: Tensor, expected: Tensor): number {
  let largest = 1e-30;
  let difference = 0;
  expected.data.forEach((x, i) => {
    largest = Math.max(largest, Math.abs(x));
    const gap = Math.abs(x - found.data[i]!);
    difference = Number.isNaN(gap) ? Infinity : Math.max(difference, gap);
  });
  return difference / largest;
}

/** Where verdicts are kept between starts. */
export type VerdictStore = Records<readonly KernelCheck[]>;

/** The verdict on a device: the one kept for this device, driver, profile and code, or a new one. */
export async function verdict(device: OpenDevice, target: WgslTarget, store?: VerdictStore): Promise<readonly KernelCheck[]> {
  const key = verdictKey(device, target);
  const known = await store?.read(key);
  if (known) return known;
  const checks = await selfTest(device, target);
  await store?.write(key, checks);
  return checks;
}

/** Changes with the device, the driver, the profile, the application, and with every kernel the self-test launches. */
export function verdictKey({ facts, profile }: Pick<OpenDevice, 'facts' | 'profile'>, target: WgslTarget): string {
  const hash = createHash('sha256').update(JSON.stringify([applicationVersion, facts, profile]));
  for (const { graph } of selfTestCases()) for (const { dispatch } of buildProgram(graph, target).launches) hash.update(dispatch.code);
  return hash.digest('hex').slice(0, 32);
}
