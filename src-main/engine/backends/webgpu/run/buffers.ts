import { AppError } from '../../../../contract/errors.ts';
import type { OpenDevice } from '../device/open.ts';
import { alignSlot } from '../program/arena.ts';

export const usage = { copySource: 4, copyTarget: 8, uniform: 64, storage: 128, mapRead: 1, queryResolve: 512 } as const;

/** A range of a buffer. */
export interface Region {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly bytes: number;
  /** Bytes a kernel sees, where more than it may use. */
  readonly bound?: number;
}

/** The buffers of one executable: they are made together, and given back together. */
export class BufferSet implements Disposable {
  readonly #device: OpenDevice;
  readonly #buffers: GPUBuffer[] = [];

  constructor(device: OpenDevice) {
    this.#device = device;
  }

  get bytes(): number {
    return this.#buffers.reduce((sum, buffer) => sum + buffer.size, 0);
  }

  /**
   * Makes a buffer. A device says that memory is out only after the fact, so this waits for its answer.
   * @throws AppError `gpuOutOfMemory`
   */
  async make(label: string, bytes: number, flags: number): Promise<GPUBuffer> {
    const { gpu, facts } = this.#device;
    const size = Math.max(16, Math.ceil(bytes / 4) * 4);
    if (size > facts.limits.maxBufferSize) throw outOfMemory(label, size);
    gpu.pushErrorScope('out-of-memory');
    const buffer = gpu.createBuffer({ label, size, usage: flags });
    if (await gpu.popErrorScope()) throw outOfMemory(label, size);
    this.#buffers.push(buffer);
    return buffer;
  }

  [Symbol.dispose](): void {
    for (const buffer of this.#buffers.splice(0)) buffer.destroy();
  }
}

function outOfMemory(label: string, bytes: number): AppError {
  const wanted = Math.ceil(bytes / 2 ** 20);
  return new AppError('gpuOutOfMemory', `The graphics card has no room for ${wanted} MB of ${label}.`, { label, bytes });
}

export interface Extent {
  readonly key: string;
  readonly bytes: number;
}

/** Packs extents one behind the other into as few buffers as the device's limit allows. */
export async function layOut(
  set: BufferSet,
  label: string,
  extents: readonly Extent[],
  flags: number,
  most: number,
): Promise<Map<string, Region>> {
  const groups: { extents: Extent[]; bytes: number }[] = [];
  for (const extent of extents) {
    const size = alignSlot(extent.bytes);
    let group = groups.at(-1);
    if (!group || group.bytes + size > most) groups.push((group = { extents: [], bytes: 0 }));
    group.extents.push(extent);
    group.bytes += size;
  }
  const regions = new Map<string, Region>();
  for (const group of groups) {
    const buffer = await set.make(label, group.bytes, flags);
    let offset = 0;
    for (const { key, bytes } of group.extents) {
      regions.set(key, { buffer, offset, bytes });
      offset += alignSlot(bytes);
    }
  }
  return regions;
}
