import type { Tensor, TensorData } from '../../../../../kernels/tensor.ts';
import type { ValueType } from '../../../../../kernels/graph/graph.ts';
import type { ElementType } from '../../../../../kernels/wgsl/emitter.ts';

/** A tensor's bytes as the device stores the value: images channel-last. */
export function toDevice(
  { data }: Tensor,
  { shape, layout }: Pick<ValueType, 'shape' | 'layout'>,
  type: ElementType,
): Uint8Array<ArrayBuffer> {
  const ordered = layout === 'image' ? swapped(data, shape[0]!, shape[1]!, shape[2]! * shape[3]!) : data;
  const typed = type === 'f16' ? new Float16Array(ordered) : type === 'i32' ? new Int32Array(ordered) : new Float32Array(ordered);
  return new Uint8Array(typed.buffer);
}

/** The tensor stored in the device's bytes. */
export function fromDevice(bytes: ArrayBuffer, { shape, layout }: Pick<ValueType, 'shape' | 'layout'>, type: ElementType): Tensor {
  const data =
    type === 'f16' ? new Float32Array(new Float16Array(bytes)) : type === 'i32' ? new Int32Array(bytes) : new Float32Array(bytes);
  return { shape, data: layout === 'image' ? swapped(data, shape[0]!, shape[2]! * shape[3]!, shape[1]!) : data };
}

/** [n, rows, columns] to [n, columns, rows]. */
function swapped(data: TensorData, n: number, rows: number, columns: number): TensorData {
  const result = data instanceof Int32Array ? new Int32Array(data.length) : new Float32Array(data.length);
  for (let b = 0; b < n; b++) {
    const base = b * rows * columns;
    for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) result[base + c * rows + r] = data[base + r * columns + c]!;
  }
  return result;
}
