import { realpathSync } from 'node:fs';
import { mkdtemp, open, realpath, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { eightBitWeights } from '../../../../kernels/eight-bit/pass.ts';
import { quantizeWeight } from '../../../../kernels/eight-bit/quantize.ts';
import type { Graph } from '../../../../kernels/graph/graph.ts';
import { onnxDataTypes, type OnnxStorageType, type OnnxStored, type OnnxWeight } from '../../../../kernels/onnx/lower.ts';
import { elementCount } from '../../../../kernels/tensor.ts';
import type { StoredWeight, WeightStore } from '../../weights.ts';

/** Where ONNX Runtime finds the weights of a graph. */
export interface PlacedWeights {
  /** By value id. */
  readonly sources: ReadonlyMap<number, OnnxWeight>;
  /** The folder that the locations are relative to. */
  readonly folder: string | undefined;
  /** Removes what was written: when the session has mapped it, and again when the session has ended. */
  remove(): Promise<void>;
}

/** An ONNX model is a protobuf message of less than 2 GB; what is computed beyond this goes to a file of its own. */
const inlineLimit = 512 * 2 ** 20;

/**
 * Places weights: ranges of the user's files are mapped, the rest travels inside the model or, where it is too large for one, lies in
 * a temporary file that is removed on disposal. ONNX Runtime maps from one folder a session and its subfolders: it is the nearest
 * that holds all files; a file on another volume is read in. Throws the system's error when the disk is full.
 */
export async function placeWeights(graph: Graph, store: WeightStore, limit: number = inlineLimit): Promise<PlacedWeights> {
  const stored = new Map(graph.weights.map((value) => [value.id, locateReal(store.locate(value.name, value.shape))]));
  const files = [...stored.values()].flatMap(({ file }) => (file === undefined ? [] : [dirname(file)]));
  const eightBit = eightBitWeights(graph);
  const computed = graph.weights.filter(({ id }) => stored.get(id)!.file === undefined || eightBit.has(id));
  const computedBytes = computed.reduce((sum, { id, shape }) => sum + (eightBit.has(id) ? 1 : 4) * elementCount(shape), 0);
  const spill = computedBytes > limit ? await SpillFile.create() : undefined;
  const folder = commonFolder(spill ? [...files, spill.folder] : files);
  const sources = new Map<number, OnnxWeight>();
  try {
    for (const value of graph.weights) {
      const mapped = eightBit.has(value.id) ? undefined : mappedSource(stored.get(value.id)!, folder);
      if (mapped) {
        sources.set(value.id, mapped);
        continue;
      }
      const data = await store.read(value.name, value.shape);
      if (!eightBit.has(value.id)) sources.set(value.id, await place(data, folder, spill));
      else {
        const { values, scales } = quantizeWeight(data, value.shape);
        sources.set(value.id, { kind: 'eightBit', values: await place(values, folder, spill), scales });
      }
    }
    await spill?.close();
  } catch (error) {
    await spill?.remove();
    throw error;
  }
  return { sources, folder, remove: async () => spill?.remove() };
}

async function place(data: Float32Array | Int8Array, folder: string | undefined, spill: SpillFile | undefined): Promise<OnnxStored> {
  const location = spill && folder !== undefined ? insideOf(folder, spill.path) : undefined;
  if (!spill || location === undefined) return { kind: 'inline', data };
  return { kind: 'file', location, dtype: data instanceof Int8Array ? 'I8' : 'F32', ...(await spill.append(data)) };
}

interface RealWeight {
  readonly stored: StoredWeight;
  /** Without links: ONNX Runtime refuses paths that leave the folder. */
  readonly file: string | undefined;
}

function locateReal(stored: StoredWeight): RealWeight {
  if (stored.kind === 'memory') return { stored, file: undefined };
  const { transpose, scale, dtype, file } = stored.location;
  const isMappable = !transpose && !scale && dtype in onnxDataTypes;
  return { stored, file: isMappable ? realpathSync(file) : undefined };
}

function mappedSource({ stored, file }: RealWeight, folder: string | undefined): OnnxStored | undefined {
  if (stored.kind === 'memory' || file === undefined || folder === undefined) return undefined;
  const location = insideOf(folder, file);
  if (location === undefined) return undefined;
  const { offset, bytes, dtype } = stored.location;
  return { kind: 'file', location, offset, bytes, dtype: dtype as OnnxStorageType };
}

/** The nearest folder that holds all of these that are on the first one's volume. */
export function commonFolder(folders: readonly string[]): string | undefined {
  const [first, ...rest] = new Set(folders);
  if (first === undefined) return undefined;
  return rest.reduce((common, folder) => {
    let nearest = common;
    while (insideOf(nearest, folder) === undefined) {
      const parent = dirname(nearest);
      if (parent === nearest) return common;
      nearest = parent;
    }
    return nearest;
  }, first);
}

/** The path from a folder to what lies in it, with "/"; undefined for what does not. */
function insideOf(folder: string, path: string): string | undefined {
  const way = relative(folder, path);
  return isAbsolute(way) || way.split(sep)[0] === '..' ? undefined : way.replaceAll(sep, '/');
}

/** Computed weights one behind the other in a temporary file. */
class SpillFile {
  readonly folder: string;
  readonly path: string;
  readonly #file: FileHandle;
  #offset = 0;

  private constructor(folder: string, path: string, file: FileHandle) {
    this.folder = folder;
    this.path = path;
    this.#file = file;
  }

  static async create(): Promise<SpillFile> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'strata-weights-')));
    const path = join(folder, 'weights.bin');
    return new SpillFile(folder, path, await open(path, 'w'));
  }

  async append(data: Float32Array | Int8Array): Promise<{ readonly offset: number; readonly bytes: number }> {
    const offset = this.#offset;
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    await this.#file.writeFile(bytes);
    this.#offset += bytes.length;
    return { offset, bytes: bytes.length };
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  /** Windows keeps a mapped file until its session ends; there the second call removes it. */
  async remove(): Promise<void> {
    await this.#file.close().catch(() => undefined);
    await rm(this.folder, { recursive: true, force: true }).catch(() => undefined);
  }
}
