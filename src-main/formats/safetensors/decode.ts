const f8Tables = new Map<string, Float32Array>();

/**
 * Raw little-endian bytes of a safetensors tensor as f32 values. Integers beyond 2^24 and f64 lose precision; fp8 is decoded as the
 * OCP formats E4M3 (no infinities, NaN at 0x7f) and E5M2. `scale` multiplies the values (scaled fp8).
 * Throws RangeError for dtypes without a plain numeric meaning (F4, F6, C64, …).
 */
export function decodeToFloat32(dtype: string, bytes: Uint8Array, scale = 1): Float32Array<ArrayBuffer> {
  const values = decodeUnscaled(dtype, bytes);
  if (scale !== 1) for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) * scale;
  return values;
}

function decodeUnscaled(dtype: string, bytes: Uint8Array): Float32Array<ArrayBuffer> {
  switch (dtype) {
    case 'F32':
      return new Float32Array(aligned(bytes, 4));
    case 'F64':
      return new Float32Array(new Float64Array(aligned(bytes, 8)));
    case 'F16':
      return new Float32Array(new Float16Array(aligned(bytes, 2)));
    case 'BF16':
      return decodeBfloat16(new Uint16Array(aligned(bytes, 2)));
    case 'F8_E4M3':
    case 'F8_E5M2':
      return decodeFloat8(dtype, bytes);
    case 'I64':
      return Float32Array.from(new BigInt64Array(aligned(bytes, 8)), Number);
    case 'U64':
      return Float32Array.from(new BigUint64Array(aligned(bytes, 8)), Number);
    case 'I32':
      return new Float32Array(new Int32Array(aligned(bytes, 4)));
    case 'U32':
      return new Float32Array(new Uint32Array(aligned(bytes, 4)));
    case 'I16':
      return new Float32Array(new Int16Array(aligned(bytes, 2)));
    case 'U16':
      return new Float32Array(new Uint16Array(aligned(bytes, 2)));
    case 'I8':
      return new Float32Array(new Int8Array(aligned(bytes, 1)));
    case 'U8':
    case 'BOOL':
      return new Float32Array(bytes);
    default:
      throw new RangeError(`dtype: expected a plain float or integer type, got ${dtype}`);
  }
}

/** Integer tensors (token ids, position ids) as int32. Throws RangeError for other dtypes. */
export function decodeToInt32(dtype: string, bytes: Uint8Array): Int32Array<ArrayBuffer> {
  if (dtype === 'I64') return Int32Array.from(new BigInt64Array(aligned(bytes, 8)), Number);
  if (dtype === 'I32') return new Int32Array(aligned(bytes, 4));
  throw new RangeError(`dtype: expected I32 or I64, got ${dtype}`);
}

/** A copy in a buffer of its own: typed arrays need aligned offsets, files do not keep them. */
function aligned(bytes: Uint8Array, elementBytes: number): ArrayBuffer {
  if (bytes.length % elementBytes !== 0) throw new RangeError(`tensor bytes: expected a multiple of ${elementBytes}, got ${bytes.length}`);
  const copy = new Uint8Array(bytes.length);
  copy.set(bytes);
  return copy.buffer;
}

function decodeBfloat16(halves: Uint16Array): Float32Array<ArrayBuffer> {
  const words = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) words[i] = (halves[i] ?? 0) << 16;
  return new Float32Array(words.buffer);
}

function decodeFloat8(dtype: 'F8_E4M3' | 'F8_E5M2', bytes: Uint8Array): Float32Array<ArrayBuffer> {
  const table = f8Tables.get(dtype) ?? float8Table(dtype === 'F8_E4M3' ? 4 : 5);
  f8Tables.set(dtype, table);
  const values = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) values[i] = table[bytes[i] ?? 0] ?? 0;
  return values;
}

function float8Table(exponentBits: 4 | 5): Float32Array {
  return Float32Array.from({ length: 256 }, (_, code) => (code < 128 ? 1 : -1) * float8Magnitude(code & 127, exponentBits));
}

/** OCP 8-bit formats: E5M2 follows IEEE (infinity and NaN in the top exponent), E4M3 has only 0x7f as NaN. */
function float8Magnitude(code: number, exponentBits: 4 | 5): number {
  const mantissaBits = 7 - exponentBits;
  const exponent = code >> mantissaBits;
  const mantissa = code & ((1 << mantissaBits) - 1);
  const bias = exponentBits === 4 ? 7 : 15;
  if (exponentBits === 5 && exponent === 31) return mantissa === 0 ? Infinity : NaN;
  if (exponentBits === 4 && code === 0x7f) return NaN;
  const fraction = mantissa / (1 << mantissaBits);
  return exponent === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (exponent - bias);
}
