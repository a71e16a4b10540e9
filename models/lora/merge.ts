import { weightDelta, type PartTensors } from './delta.ts';
import type { LoraModule } from './module.ts';

/** A module's change with its tensors read, at the strength it is to have. */
export interface WeightPatch {
  readonly module: Pick<LoraModule, 'kind' | 'scale' | 'dora' | 'shape'>;
  readonly parts: PartTensors;
  readonly strength: number;
}

const smallest = 2 ** -23;

/**
 * A weight with all its patches: each is worked out on the weight as it was, and their changes are added, so that their order does not
 * matter. Returns new values in the weight's order.
 */
export function mergedWeight(weight: Float32Array, patches: readonly WeightPatch[]): Float32Array<ArrayBuffer> {
  const merged = Float64Array.from(weight);
  for (const patch of patches) {
    const { strength, module } = patch;
    if (module.dora !== undefined) {
      const alone = dora(weight, patch);
      for (let i = 0; i < merged.length; i++) merged[i]! += alone[i]! - weight[i]!;
      continue;
    }
    const delta = weightDelta(module, patch.parts, weight);
    for (let i = 0; i < delta.length; i++) merged[i]! += strength * delta[i]!;
  }
  return Float32Array.from(merged);
}

/** A bias with the changes of its patches: whole differences, and the bias of a low-rank factor times the module's scale. */
export function mergedBias(bias: Float32Array, patches: readonly WeightPatch[]): Float32Array<ArrayBuffer> {
  const merged = Float32Array.from(bias);
  for (const { module, parts, strength } of patches) {
    const low = parts.get('upBias');
    const whole = parts.get('diffBias');
    if (whole) whole.data.forEach((value, i) => (merged[i]! += strength * value));
    if (low) low.data.forEach((value, i) => (merged[i]! += strength * module.scale * value));
  }
  return merged;
}

/**
 * DoRA: V = W + delta, rescaled so that the norms along one axis are those stored. The axis is told by the shape of the norms: [o, 1 …]
 * for each output, [1, i …] for each input. PEFT: strength inside V, W' = V m / |V|. LyCORIS: outside, W' = V (1 + strength (m / |V| - 1)).
 */
function dora(weight: Float32Array, { module, parts, strength }: WeightPatch): Float32Array {
  const delta = weightDelta(module, parts, weight);
  const isPeft = module.dora === 'peft';
  const inner = isPeft ? strength : 1;
  const moved = weight.map((value, i) => value + inner * (delta[i] ?? 0));
  const { data: norms, shape } = (parts.get('magnitude') ?? parts.get('doraScale'))!;
  const [rows = 1, columns = 1] = module.shape;
  const taps = moved.length / rows / columns;
  const byInput = !isPeft && shape[0] === 1 && norms.length === columns && shape.length > 1;
  const groupOf = byInput ? (i: number) => Math.floor(i / taps) % columns : (i: number) => Math.floor(i / (columns * taps));
  const squares = new Float64Array(byInput ? columns : rows);
  moved.forEach((value, i) => (squares[groupOf(i)]! += value * value));
  return moved.map((value, i) => {
    const group = groupOf(i);
    const factor = norms[group]! / (Math.sqrt(squares[group]!) + smallest);
    return value * (isPeft ? factor : 1 + strength * (factor - 1));
  });
}
