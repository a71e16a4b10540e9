import type { ActivationKind } from '../../activation/attributes.ts';
import type { Value } from '../../graph/graph.ts';
import { activationFunction } from '../activations.ts';
import { operandOf, type WgslEmitter } from '../emitter.ts';
import type { BufferAccess, Shader } from '../shader.ts';

export interface FinishOptions {
  readonly output: Value;
  /** Features of the output, before padding. */
  readonly features: number;
  readonly bias: Value | undefined;
  /** Rows of one sample: which line of the channel shift a row takes. */
  readonly rowsPerSample: number;
}

/**
 * Declares the `finish` of a layer: bias, then what was merged into the node: the shift of each channel, activation or gated GELU,
 * residual. Sums are f32 until they are stored.
 */
export function declareFinish(shader: Shader, emit: WgslEmitter, { output, features, bias, rowsPerSample }: FinishOptions): string {
  const { channelShift, activation, isGated, residual } = { ...emit.fusion, isGated: emit.fusion.gated === true };
  const width = features % 4 === 0 ? 4 : 1;
  const size = shader.param('features', features);
  const biases = bias && shader.read('bias', operandOf(bias, isGated ? 'gatedColumns' : 'columns'), 4);
  const shifts = channelShift && shader.read('channelShift', operandOf(channelShift), width);
  const sample = shifts && shader.param('sampleRows', rowsPerSample);
  const residuals = residual && shader.read('residual', operandOf(residual), width);
  const out = shader.write('out', operandOf(output), width);
  const lines: string[] = [];
  if (isGated) {
    if (biases) lines.push(`  h += ${biases.read('column / 4u')};`, `  g += ${biases.read('column / 4u + 1u')};`);
    lines.push('  var v = h * activate(g);', '  let c = column / 2u;');
  } else {
    if (biases) lines.push(`  v += ${biases.read('column / 4u')};`);
    lines.push('  let c = column;');
  }
  if (shifts) lines.push(`  v += ${gather(shifts, `row / ${sample} * ${size} + c`, 'c', size)};`);
  if (activation) lines.push('  v = activate(v);');
  lines.push(`  let at = row * ${size} + c;`);
  if (residuals) lines.push(`  v += ${gather(residuals, 'at', 'c', size)};`);
  lines.push(scatterStore(out, size));
  const kind = isGated ? 'gelu' : (activation as ActivationKind | undefined);
  const head = isGated
    ? 'fn finish(batch: u32, row: u32, column: u32, h0: vec4f, g0: vec4f) {\n  var h = h0;\n  var g = g0;'
    : 'fn finish(batch: u32, row: u32, column: u32, v0: vec4f) {\n  var v = v0;';
  return [...(kind ? [activationFunction(kind)] : []), head, ...lines, '}'].join('\n');
}

/** 4 elements from `at` on; those past the end of the row repeat its last, and are never stored. */
function gather(buffer: BufferAccess, at: string, column: string, size: string): string {
  if (buffer.width === 4) return buffer.read(`(${at}) / 4u`);
  const parts = [0, 1, 2, 3].map((i) => buffer.read(`${at} + min(${i}u, ${size} - 1u - ${column})`));
  return `vec4f(${parts.join(', ')})`;
}

function scatterStore(out: BufferAccess, size: string): string {
  if (out.width === 4) return `  ${out.write('at / 4u', 'v')}`;
  return ['x', 'y', 'z', 'w'].map((part, i) => `  if (c + ${i}u < ${size}) { ${out.write(`at + ${i}u`, `v.${part}`)} }`).join('\n');
}
