import { interpret } from '../../kernels/graph/interpret.ts';
import type { Tensor } from '../../kernels/tensor.ts';
import { webgpuBackend, type WebgpuBackend } from '../../src-main/engine/backends/webgpu/webgpu.ts';
import { buildProgram, type BuildOptions } from '../../src-main/engine/backends/webgpu/program/build.ts';
import { prepareProgram } from '../../src-main/engine/backends/webgpu/run/executable.ts';
import { inputTensor, relativeError, weightTensor, type GraphCase } from './case.ts';

export interface CaseResult {
  readonly name: string;
  readonly tolerance: number;
  /** Largest relative error of the outputs by the way the program was built. */
  readonly errors: Readonly<Record<string, number>>;
  readonly overruns: readonly string[];
  readonly failure?: string;
}

const ways: Readonly<Record<string, BuildOptions>> = {
  plain: { keepAll: true, redZone: 512 },
  merged: {},
  'merged, norm on load': { fusion: { normOnLoad: true } },
};

/** Runs cases on a WebGPU device against the reference loops; f16 storage is allowed f16's rounding. */
export async function runCases(cases: readonly GraphCase[], backend: WebgpuBackend, report: (result: CaseResult) => void): Promise<void> {
  for (const each of cases) {
    try {
      report(await runCase(each, backend));
    } catch (error) {
      const failure =
        error instanceof Error
          ? `${error.message}\n${String((error as { details?: { message?: string } }).details?.message ?? '')}`
          : String(error);
      report({ name: each.name, tolerance: each.tolerance, errors: {}, overruns: [], failure });
    }
  }
}

async function runCase({ name, graph, tolerance, limits }: GraphCase, { opened, target }: WebgpuBackend): Promise<CaseResult> {
  const inputs = new Map(graph.inputs.map((value) => [value.name, inputTensor(value, limits)]));
  const weights = new Map(graph.weights.map((value) => [value.name, weightTensor(value)]));
  const expected = interpret(graph, { inputs, weight: (value) => weights.get(value.name)! });
  const errors: Record<string, number> = {};
  const overruns: string[] = [];
  const seen = new Set<string>();
  for (const [way, options] of Object.entries(ways)) {
    const program = buildProgram(graph, target, options);
    // Nothing to merge gives the same launches again.
    const text = program.launches.map(({ dispatch }) => dispatch.code).join();
    if (seen.has(text)) continue;
    seen.add(text);
    const executable = await prepareProgram(opened, program, async (value) => weights.get(value.name)!.data);
    // Twice: the second run must not see what the first left behind.
    await executable.run(inputs);
    const found = await executable.run(inputs);
    errors[way] = worst(expected, found);
    if (options.redZone) overruns.push(...(await executable.overruns()));
    await executable.dispose();
  }
  return { name, tolerance: target.storage === 'f16' ? Math.max(tolerance, 4e-3) : tolerance, errors, overruns };
}

function worst(expected: ReadonlyMap<string, Tensor>, found: ReadonlyMap<string, Tensor>): number {
  return Math.max(...[...expected].map(([output, tensor]) => relativeError(found.get(output), tensor)));
}

export function passes({ failure, errors, overruns, tolerance }: CaseResult): boolean {
  return failure === undefined && overruns.length === 0 && Object.values(errors).every((error) => error <= tolerance);
}

export { webgpuBackend };
