import type { Value } from '../../../../../kernels/graph/graph.ts';
import type { Tensor } from '../../../../../kernels/tensor.ts';
import type { OpenDevice } from '../device/open.ts';
import { alignSlot } from '../program/arena.ts';
import type { Program } from '../program/program.ts';
import { BufferSet, layOut, usage, type Region } from './buffers.ts';
import { toDevice } from './memory-order.ts';
import { devicePacker, packsOnDevice } from './pack-on-device.ts';
import { packWeight } from './pack.ts';

/** Gives a weight's values in f32, in the checkpoint's order. */
export type ReadWeight = (value: Value) => Promise<Float32Array>;

/** A program's memory on a device, filled with weights, tables, constants and uniform blocks. */
export interface LoadedMemory {
  readonly buffers: BufferSet;
  readonly regions: ReadonlyMap<string, Region>;
  /** Uniform block of each launch. */
  readonly params: readonly Region[];
}

const readOnly = usage.storage | usage.copyTarget;
const readWrite = usage.storage | usage.copyTarget | usage.copySource;
/** Weights go into buffers of at most this size: a driver may refuse larger ones under pressure. */
const weightBufferBytes = 2 ** 30;
/** Bytes that may be on their way to the device before the upload waits: staging memory is as large as what is in flight. */
const inFlightBytes = 2 ** 28;

/** Makes the buffers of a program and uploads what does not change. Gives everything back when it fails. */
export async function loadProgram(device: OpenDevice, program: Program, readWeight?: ReadWeight): Promise<LoadedMemory> {
  const buffers = new BufferSet(device);
  try {
    return await fill(device, program, readWeight, buffers);
  } catch (error) {
    buffers[Symbol.dispose]();
    throw error;
  }
}

async function fill(device: OpenDevice, program: Program, readWeight: ReadWeight | undefined, buffers: BufferSet): Promise<LoadedMemory> {
  const { gpu, facts } = device;
  const regions = new Map<string, Region>();
  const place = async (label: string, keys: Iterable<string>, flags: number, most = facts.limits.maxBufferSize, zone = 0) => {
    const extents = [...keys].map((key) => ({ key, bytes: program.slots.get(key)!.bytes + zone }));
    for (const [key, { buffer, offset, bytes }] of await layOut(buffers, label, extents, flags, most)) {
      regions.set(key, { buffer, offset, bytes: bytes - zone, ...(zone > 0 && { bound: bytes }) });
    }
  };
  const weightLimit = Math.min(weightBufferBytes, facts.limits.maxBufferSize);
  await place('weights', program.weights.map(({ key }) => key), readOnly, weightLimit); // prettier-ignore
  await place('tables', program.tables.keys(), readOnly);
  await place('inputs', [...program.slots].filter(([, { space }]) => space === 'state').map(([key]) => key), readWrite, facts.limits.maxBufferSize, program.redZone); // prettier-ignore
  const arena = await buffers.make('intermediate values', program.arena.bytes, readWrite);
  for (const [key, offset] of program.arena.offsets) {
    const { bytes } = program.slots.get(key)!;
    regions.set(key, { buffer: arena, offset, bytes, ...(program.redZone > 0 && { bound: bytes + program.redZone }) });
  }
  if (program.redZone > 0) for (const buffer of new Set([...regions.values()].map((region) => region.buffer))) paint(gpu, buffer);

  for (const [key, data] of program.tables) write(gpu, regions.get(key)!, new Uint8Array(new Float32Array(data).buffer));
  for (const { key, value } of program.constants) {
    writeTensor(gpu, regions.get(key)!, { shape: value.shape, data: value.data! }, value, program.slots.get(key)!.type);
  }
  if (readWeight) await uploadWeights(device, program, readWeight, regions);
  return { buffers, regions, params: await uploadParams(gpu, program, buffers) };
}

async function uploadWeights(
  device: OpenDevice,
  program: Program,
  readWeight: ReadWeight,
  regions: ReadonlyMap<string, Region>,
): Promise<void> {
  const { gpu, check } = device;
  // What is submitted keeps what it uses: these may go before it has been computed.
  using passing = new BufferSet(device);
  const packer = await devicePacker(device, passing, program.weights);
  let inFlight = 0;
  for (const use of program.weights) {
    const { key, value, form, type } = use;
    const values = await readWeight(value);
    if (packer && packsOnDevice(use)) packer.pack(values, use, regions.get(key)!);
    else write(gpu, regions.get(key)!, packWeight(values, value.shape, form, type));
    inFlight += values.byteLength;
    if (inFlight < inFlightBytes) continue;
    await gpu.queue.onSubmittedWorkDone();
    check();
    inFlight = 0;
  }
}

/** Blocks with the same contents share a place. */
async function uploadParams(gpu: GPUDevice, program: Program, buffers: BufferSet): Promise<Region[]> {
  const blocks = new Map<string, { readonly data: Uint32Array; readonly offset: number }>();
  let end = 0;
  const places = program.launches.map(({ dispatch: { params } }) => {
    const name = params.join();
    let block = blocks.get(name);
    if (!block) {
      blocks.set(name, (block = { data: params, offset: end }));
      end += alignSlot(params.byteLength);
    }
    return block;
  });
  const all = new Uint8Array(end);
  for (const { data, offset } of blocks.values()) all.set(new Uint8Array(data.buffer), offset);
  const buffer = await buffers.make('kernel parameters', end, usage.uniform | usage.copyTarget);
  gpu.queue.writeBuffer(buffer, 0, all);
  return places.map(({ data, offset }) => ({ buffer, offset, bytes: data.byteLength }));
}

/** Uploads a tensor in the device's memory order. */
export function writeTensor(gpu: GPUDevice, region: Region, tensor: Tensor, value: Value, type: 'f32' | 'f16' | 'i32'): void {
  write(gpu, region, toDevice(tensor, value, type));
}

/** Writes are whole words; the slot's alignment leaves room for the padding. */
function write(gpu: GPUDevice, { buffer, offset }: Region, bytes: Uint8Array<ArrayBuffer>): void {
  if (bytes.byteLength % 4 === 0) return void gpu.queue.writeBuffer(buffer, offset, bytes);
  const padded = new Uint8Array(Math.ceil(bytes.byteLength / 4) * 4);
  padded.set(bytes);
  gpu.queue.writeBuffer(buffer, offset, padded);
}

/** What unused memory holds where red zones are watched. */
export const paintByte = 0xcd;

function paint(gpu: GPUDevice, buffer: GPUBuffer): void {
  gpu.queue.writeBuffer(buffer, 0, new Uint8Array(buffer.size).fill(paintByte));
}
