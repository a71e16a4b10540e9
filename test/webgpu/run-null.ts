import { AppError } from '../../src-main/contract/errors.ts';
import { openDevice } from '../../src-main/engine/backends/webgpu/device/open.ts';
import { buildProgram } from '../../src-main/engine/backends/webgpu/program/build.ts';
import { compileKernels } from '../../src-main/engine/backends/webgpu/run/pipelines.ts';
import { attentionCases } from './attention-cases.ts';
import { operationCases } from './cases.ts';
import { mergeCases } from './merge-cases.ts';
import { vendorTargets } from './profiles.ts';
import { matrixCases } from './matrix-cases.ts';

/** Has Dawn parse and validate every kernel of the suite for every profile, on the back end that computes nothing. Prints a line of JSON a profile. */
const device = await openDevice({ driver: 'null' });
for (const [profile, target] of Object.entries(vendorTargets)) {
  const kernels = new Map<string, string>();
  const refused: string[] = [];
  for (const { name, graph } of [...operationCases, ...attentionCases, ...mergeCases, ...matrixCases]) {
    for (const fusion of [{}, { normOnLoad: true }]) {
      const { launches } = buildProgram(graph, target, { fusion });
      for (const { dispatch } of launches) if (!kernels.has(dispatch.code)) kernels.set(dispatch.code, dispatch.kernel);
      try {
        await compileKernels(device.gpu, launches);
      } catch (error) {
        refused.push(`${name}: ${error instanceof AppError ? `${error.message} ${String(error.details['message'])}` : String(error)}`);
      }
    }
  }
  const matrix = [...kernels.values()].filter((kernel) => kernel.includes('matrix')).length;
  process.stdout.write(`${JSON.stringify({ profile, kernels: kernels.size, matrix, refused })}\n`);
}
device.gpu.destroy();
