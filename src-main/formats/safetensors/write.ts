import { dtypeBits } from './dtype.ts';

/** A tensor to be written: raw little-endian bytes of `dtype` in row-major order. */
export interface TensorToWrite {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: ArrayBufferView;
}

/**
 * A safetensors file of the tensors in the order given; the header is padded with spaces so that data starts at a multiple of 8.
 * Throws RangeError when bytes and shape disagree or a name is `__metadata__`.
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, TensorToWrite>,
  metadata: ReadonlyMap<string, string> = new Map(),
): Uint8Array<ArrayBuffer> {
  const entries: string[] = [];
  if (metadata.size > 0) entries.push(`"__metadata__":${JSON.stringify(Object.fromEntries(metadata))}`);
  let position = 0;
  for (const [name, tensor] of tensors) {
    checkTensor(name, tensor);
    const end = position + tensor.data.byteLength;
    const entry = JSON.stringify({ dtype: tensor.dtype, shape: tensor.shape, data_offsets: [position, end] });
    entries.push(`${JSON.stringify(name)}:${entry}`);
    position = end;
  }
  const json = new TextEncoder().encode(`{${entries.join(',')}}`);
  const headerBytes = Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(8 + headerBytes + position).fill(0x20, 8, 8 + headerBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes), true);
  file.set(json, 8);
  let offset = 8 + headerBytes;
  for (const { data } of tensors.values()) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return file;
}

function checkTensor(name: string, tensor: TensorToWrite): void {
  if (name === '__metadata__') throw new RangeError('tensor name: expected anything but __metadata__');
  const bits = dtypeBits(tensor.dtype);
  if (bits === undefined) throw new RangeError(`${name}: expected a dtype of the format, got ${tensor.dtype}`);
  const bytes = (tensor.shape.reduce((product, size) => product * size, 1) * bits) / 8;
  if (bytes !== tensor.data.byteLength) throw new RangeError(`${name}: expected ${bytes} bytes, got ${tensor.data.byteLength}`);
}
