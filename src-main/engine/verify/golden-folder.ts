import { open, readFile, readdir, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readExactly, type ByteSource } from '../../formats/byte-source.ts';
import { decodeToFloat32 } from '../../formats/safetensors/decode.ts';
import { readSafetensorsHeader, type SafetensorsHeader, type TensorEntry } from '../../formats/safetensors/read-header.ts';
import type { GoldenCase, GoldenData, GoldenGroup, GoldenTensor } from './types.ts';

const names = z.record(z.string(), z.string());

const caseSchema = z.object({
  id: z.string(),
  kind: z.string(),
  params: z.record(z.string(), z.unknown()),
  inputs: names,
  expected: names,
  tolerance: z.object({ measure: z.string(), limit: z.number().optional(), f32_against_f64: z.number().optional() }),
  sha256: z.string().optional(),
  note: z.string().optional(),
});

const groupSchema = z.looseObject({ group: z.string(), tensors: z.string(), cases: z.array(caseSchema) });

/** An opened group whose tensors are read by position, one case at a time. */
export interface OpenGroup extends GoldenGroup, AsyncDisposable {
  /** The tensors of one case: its inputs and expected roles, by tensor name. */
  tensorsOf(goldenCase: GoldenCase): Promise<ReadonlyMap<string, GoldenTensor>>;
}

/** Names of the groups in a golden folder: the subfolders with a cases.json, sorted. */
export async function groupNames(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries) {
    if (entry.isDirectory() && (await readdir(join(folder, entry.name))).includes('cases.json')) found.push(entry.name);
  }
  return found.sort();
}

/** Opens the group in `root`. Throws when cases.json does not have the form of the golden README. */
export async function openGroup(root: string): Promise<OpenGroup> {
  const { cases, ...about } = groupSchema.parse(JSON.parse(await readFile(join(root, 'cases.json'), 'utf8')));
  const file = await open(join(root, about.tensors));
  try {
    const source = await fileSource(file);
    const header = await readSafetensorsHeader(source);
    return {
      name: about.group,
      root,
      about,
      cases: cases as readonly GoldenCase[],
      tensorsOf: (goldenCase) => readTensors(source, header, [...Object.values(goldenCase.inputs), ...Object.values(goldenCase.expected)]),
      [Symbol.asyncDispose]: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function fileSource(file: FileHandle): Promise<ByteSource> {
  const { size } = await file.stat();
  return {
    size,
    async read(offset, length) {
      const bytes = new Uint8Array(length);
      const { bytesRead } = await file.read(bytes, 0, length, offset);
      return bytes.subarray(0, bytesRead);
    },
  };
}

async function readTensors(
  source: ByteSource,
  header: SafetensorsHeader,
  wanted: readonly string[],
): Promise<ReadonlyMap<string, GoldenTensor>> {
  const tensors = new Map<string, GoldenTensor>();
  for (const name of wanted) {
    const entry = header.tensors.get(name);
    if (!entry) throw new RangeError(`golden tensor: expected ${name} in the file, found none`);
    const bytes = await readExactly(source, entry.offset, entry.bytes);
    tensors.set(name, { dtype: entry.dtype, shape: entry.shape, data: decode(entry, bytes) });
  }
  return tensors;
}

function decode({ dtype }: TensorEntry, bytes: Uint8Array): GoldenData {
  const buffer = new Uint8Array(bytes).buffer;
  if (dtype === 'F64') return new Float64Array(buffer);
  if (dtype === 'I64') return new BigInt64Array(buffer);
  if (dtype === 'I32') return new Int32Array(buffer);
  if (dtype === 'U8' || dtype === 'BOOL') return new Uint8Array(buffer);
  return decodeToFloat32(dtype, bytes);
}
