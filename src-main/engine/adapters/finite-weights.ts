import { readExactly } from '../../formats/byte-source.ts';
import { AppError } from '../../contract/errors.ts';
import type { WeightMap } from '../../../models/checkpoint/types.ts';
import { openFileSource } from '../files.ts';

/** Bits of the exponent of each type: a number with all of them set is infinite or none. */
const exponents = {
  F32: { bytes: 4, mask: 0x7f800000 },
  BF16: { bytes: 2, mask: 0x7f80 },
  F16: { bytes: 2, mask: 0x7c00 },
  F8_E5M2: { bytes: 1, mask: 0x7c },
} as const;

/** Files that were read through and are sound, by path, size and time. */
const soundFiles = new Set<string>();

/**
 * Reads the weights of an add-on through, once for each file as long as it does not change, and refuses it when one is no finite number.
 * Throws AppError `nonFiniteWeights` naming the file and the weight.
 * @param identity what changes when the file does
 */
export async function requireFinite(path: string, what: string, identity: string, weights: WeightMap): Promise<void> {
  if (soundFiles.has(identity)) return;
  for (const [file, names] of byFile(weights)) {
    await using source = await openFileSource(file);
    for (const name of names) {
      const { dtype, offset, bytes } = weights.get(name)!;
      const type = exponents[dtype as keyof typeof exponents];
      if (!type || areFinite(await readExactly(source, offset, bytes), type)) continue;
      const message = `${path}: The weight ${name} of this ${what} holds values that are not numbers: expected finite ones. The file is damaged; get it again.`;
      throw new AppError('nonFiniteWeights', message, { path, name });
    }
  }
  soundFiles.add(identity);
}

function byFile(weights: WeightMap): Map<string, string[]> {
  const files = new Map<string, string[]>();
  for (const [name, { file }] of weights) files.set(file, [...(files.get(file) ?? []), name]);
  return files;
}

function areFinite(data: Uint8Array, { bytes, mask }: { readonly bytes: 1 | 2 | 4; readonly mask: number }): boolean {
  const whole = new Uint8Array(data);
  const count = Math.floor(whole.byteLength / bytes);
  const types = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array } as const;
  const values = new types[bytes](whole.buffer, 0, count);
  for (let i = 0; i < count; i++) if ((values[i]! & mask) === mask) return false;
  return true;
}
