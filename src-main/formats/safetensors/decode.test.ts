import { describe, expect, it } from 'vitest';
import { decodeToFloat32, decodeToInt32 } from './decode.ts';

const bytesOf = (view: ArrayBufferView): Uint8Array => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

describe('stored values as f32', () => {
  it('are exact for floats of every width', () => {
    const values = [0, -0, 1, -1.5, 0.25, 65504, 2 ** -24];
    expect([...decodeToFloat32('F16', bytesOf(Float16Array.from(values)))]).toEqual(values);
    expect([...decodeToFloat32('F32', bytesOf(Float32Array.from(values)))]).toEqual(values);
    expect([...decodeToFloat32('F64', bytesOf(Float64Array.from(values)))]).toEqual(values);
    expect([...decodeToFloat32('BF16', bytesOf(Uint16Array.of(0x3f80, 0xbfc0, 0x7f80, 0)))]).toEqual([1, -1.5, Infinity, 0]);
  });

  it('are those of the OCP formats for fp8', () => {
    expect([...decodeToFloat32('F8_E4M3', Uint8Array.of(0x00, 0x01, 0x08, 0x38, 0x7e, 0x7f, 0xb8, 0xff))]).toEqual([
      0,
      2 ** -9,
      2 ** -6,
      1,
      448,
      NaN,
      -1,
      NaN,
    ]);
    expect([...decodeToFloat32('F8_E5M2', Uint8Array.of(0x00, 0x01, 0x04, 0x3c, 0x7b, 0x7c, 0x7d, 0xbc))]).toEqual([
      0,
      2 ** -16,
      2 ** -14,
      1,
      57344,
      Infinity,
      NaN,
      -1,
    ]);
  });

  it('are multiplied by the scale of scaled fp8', () => {
    expect([...decodeToFloat32('F8_E4M3', Uint8Array.of(0x38, 0x40), 0.5)]).toEqual([0.5, 1]);
  });

  it('come from any byte offset', () => {
    const shifted = new Uint8Array([9, ...bytesOf(Float32Array.of(3.5))]).subarray(1);
    expect([...decodeToFloat32('F32', shifted)]).toEqual([3.5]);
  });

  it('are integers too', () => {
    expect([...decodeToInt32('I64', bytesOf(BigInt64Array.of(-1n, 49407n)))]).toEqual([-1, 49407]);
    expect([...decodeToFloat32('U8', Uint8Array.of(0, 255))]).toEqual([0, 255]);
    expect(() => decodeToFloat32('F4', Uint8Array.of(0))).toThrow('got F4');
  });
});
