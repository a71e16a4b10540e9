import { webgpuBackend } from '../../src-main/engine/backends/webgpu/webgpu.ts';
import { attentionCases } from './attention-cases.ts';
import type { GraphCase } from './case.ts';
import { operationCases } from './cases.ts';
import { matrixCases } from './matrix-cases.ts';
import { mergeCases } from './merge-cases.ts';
import { runCases } from './run-cases.ts';

/**
 * Runs a suite in this process and prints a line of JSON a case. Started by tests in an environment that has an adapter.
 * Arguments: storage (f32 or f16), whether to use matrix units (matrix or plain), the suite, and a regular expression of the names to run.
 */
const [storage = 'f32', units = 'plain', suite = 'operations', only = ''] = process.argv.slice(2);
const suites: Readonly<Record<string, readonly GraphCase[]>> = {
  operations: operationCases,
  attention: attentionCases,
  'merged nodes': mergeCases,
  matrix: matrixCases,
};
const backend = await webgpuBackend({ storage: storage === 'f16' ? 'f16' : 'f32', useMatrix: units === 'matrix' });
if (backend.target.storage !== storage) throw new Error(`expected a device with ${storage}, got ${backend.device}`);
if (units === 'matrix' && !backend.target.matrix) throw new Error(`expected a device with matrix units, got ${backend.device}`);
const cases = suites[suite]!.filter(({ name, needsF32 }) => new RegExp(only).test(name) && !(needsF32 && storage === 'f16'));
await runCases(cases, backend, (result) => process.stdout.write(`${JSON.stringify(result)}\n`));
backend.close();
