import { elementCount } from '../../../../../kernels/tensor.ts';
import type { ElementType, WeightForm } from '../../../../../kernels/wgsl/emitter.ts';
import { weightElements } from '../program/memory.ts';

/** The bytes of a weight in the order and type its kernels want, zeros where padded. */
export function packWeight(values: Float32Array, shape: readonly number[], form: WeightForm, type: ElementType): Uint8Array<ArrayBuffer> {
  const count = weightElements(shape, form);
  const target = type === 'f16' ? new Float16Array(count) : new Float32Array(count);
  if (form === 'stored') target.set(values);
  else packColumns(values, shape, form === 'gatedColumns', target);
  return new Uint8Array(target.buffer);
}

/** [O, I] or [O, I, k, k] to [k, k, I, O]; see WeightForm. */
function packColumns(values: Float32Array, shape: readonly number[], isGated: boolean, target: Float32Array | Float16Array): void {
  const [outputs, inputs] = [shape[0] ?? 1, shape[1] ?? 1];
  const taps = elementCount(shape) / (outputs * inputs);
  const pitch = Math.ceil(outputs / 4) * 4;
  for (let o = 0; o < outputs; o++) {
    const column = isGated ? gatedColumn(o, outputs / 2) : o;
    for (let i = 0; i < inputs; i++) {
      const from = (o * inputs + i) * taps;
      for (let tap = 0; tap < taps; tap++) target[(tap * inputs + i) * pitch + column] = values[from + tap]!;
    }
  }
}

/** Halves interleaved by fours: outputs 0..3 of the first half, 0..3 of the second, 4..7 of the first, … */
function gatedColumn(output: number, half: number): number {
  const within = output % half;
  return Math.floor(within / 4) * 8 + (within % 4) + (output < half ? 0 : 4);
}
