import { setTimeout as sleep } from 'node:timers/promises';
import type { Tensor } from '../../../../../kernels/tensor.ts';
import { AppError } from '../../../../contract/errors.ts';
import type { Executable, TensorMap } from '../../backend.ts';
import type { OpenDevice } from '../device/open.ts';
import type { Program } from '../program/program.ts';
import { usage, type Region } from './buffers.ts';
import { guardProgram, type Guard } from './guard.ts';
import { loadProgram, paintByte, writeTensor, type LoadedMemory, type ReadWeight } from './load.ts';
import { fromDevice } from './memory-order.ts';
import { compileKernels, type CompiledKernel } from './pipelines.ts';

/** One recorded command: replayed on every run. */
interface Command {
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly grid: readonly [number, number, number];
}

/** Work handed to the device at once: watchdogs stop what takes two seconds, and a cancel waits for what is queued. */
const submitMs = 500;

export interface GpuExecutable extends Executable {
  readonly program: Program;
  /** Bytes of device memory held. */
  readonly bytes: number;
  /** Milliseconds of one of `count` runs on what the memory holds, by the device's clock where it has one. */
  time(count: number): Promise<number>;
  /** Names of the memory past whose end something was written; for programs built with a red zone and `keepAll`. */
  overruns(): Promise<string[]>;
}

/**
 * Loads and compiles a program on a device. Throws AppError when a kernel is refused or memory runs out.
 * @param readWeight without it the weights are left as they are, for programs that are only timed
 */
export async function prepareProgram(device: OpenDevice, program: Program, readWeight?: ReadWeight): Promise<GpuExecutable> {
  const guard = guardProgram(program);
  const [memory, kernels] = await Promise.all([
    loadProgram(device, guard.program, readWeight),
    compileKernels(device.gpu, guard.program.launches),
  ]);
  device.check();
  return new ProgramRun(device, guard, memory, kernels);
}

class ProgramRun implements GpuExecutable {
  readonly program: Program;
  readonly #device: OpenDevice;
  readonly #guard: Guard;
  readonly #memory: LoadedMemory;
  readonly #commands: readonly Command[];
  readonly #uploaded = new Map<string, Tensor['data']>();
  #pieces = 8;
  /** The next run's commands, recorded while this one is computed: WebGPU takes a command buffer only once. */
  #recorded: readonly GPUCommandBuffer[] | undefined;
  #lastMs = 0;

  constructor(device: OpenDevice, guard: Guard, memory: LoadedMemory, kernels: ReadonlyMap<string, CompiledKernel>) {
    this.program = guard.program;
    this.#device = device;
    this.#guard = guard;
    this.#memory = memory;
    this.#commands = this.program.launches.map(({ dispatch, keys }, index) => {
      const { pipeline, layout } = kernels.get(dispatch.code)!;
      const regions = [memory.params[index]!, ...keys.map((key) => memory.regions.get(key)!)];
      return { pipeline, grid: dispatch.grid, group: device.gpu.createBindGroup({ layout, entries: regions.map(bindingEntry) }) };
    });
  }

  get bytes(): number {
    return this.#memory.buffers.bytes;
  }

  async run(inputs: TensorMap): Promise<Map<string, Tensor>> {
    this.#write(inputs);
    const started = performance.now();
    this.#submit();
    // Dawn keeps a core busy for as long as anything is awaited, so most of the time is slept away first.
    if (this.#lastMs > 25) await sleep(this.#lastMs * 0.8);
    const results = await this.#read();
    this.#lastMs = performance.now() - started;
    this.#pieces = Math.max(1, Math.ceil(this.#lastMs / submitMs));
    this.#device.check();
    return results;
  }

  async time(count: number): Promise<number> {
    if (this.#device.gpu.features.has('timestamp-query')) return this.#timeOnDevice(count);
    await this.#device.gpu.queue.onSubmittedWorkDone();
    const started = performance.now();
    for (let i = 0; i < count; i++) this.#submit();
    await this.#device.gpu.queue.onSubmittedWorkDone();
    return (performance.now() - started) / count;
  }

  /** Between the first and the last command, as the device's own clock has it. */
  async #timeOnDevice(count: number): Promise<number> {
    const { gpu } = this.#device;
    const querySet = gpu.createQuerySet({ type: 'timestamp', count: 2 });
    const buffer = gpu.createBuffer({ label: 'timestamps', size: 16, usage: usage.queryResolve | usage.copySource });
    try {
      const encoder = gpu.createCommandEncoder();
      const pass = encoder.beginComputePass({ timestampWrites: { querySet, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 } });
      for (let i = 0; i < count; i++) this.#record(pass, this.#commands);
      pass.end();
      encoder.resolveQuerySet(querySet, 0, 2, buffer, 0);
      gpu.queue.submit([encoder.finish()]);
      const [begin, end] = new BigInt64Array(await readRegions(gpu, [{ buffer, offset: 0, bytes: 16 }]));
      return Number(end! - begin!) / 1e6 / count;
    } finally {
      buffer.destroy();
      querySet.destroy();
    }
  }

  async overruns(): Promise<string[]> {
    const watched = [...this.#memory.regions].flatMap(([key, { buffer, offset, bytes, bound }]) => {
      const start = Math.ceil(bytes / 4) * 4;
      return bound === undefined ? [] : [{ key, zone: { buffer, offset: offset + start, bytes: bound - start } }];
    });
    if (watched.length === 0) return [];
    const zones = watched.map(({ zone }) => zone);
    const all = new Uint8Array(await readRegions(this.#device.gpu, zones));
    const offsets = packedOffsets(zones);
    return watched
      .filter((_, i) => all.subarray(offsets[i], offsets[i]! + (zones[i]!.bytes & ~3)).some((byte) => byte !== paintByte))
      .map(({ key }) => key);
  }

  dispose(): Promise<void> {
    this.#recorded = undefined;
    this.#memory.buffers[Symbol.dispose]();
    return Promise.resolve();
  }

  #write(inputs: TensorMap): void {
    for (const { value, key } of this.program.inputs) {
      const { name, shape } = value;
      const tensor = inputs.get(name);
      if (tensor?.shape.join() !== shape.join()) {
        const found = tensor ? `[${tensor.shape.join(', ')}]` : 'nothing';
        throw new AppError('badInput', `The model's input ${name}: expected [${shape.join(', ')}], found ${found}.`, { name, found });
      }
      // What a prologue computed stays as it is for a whole job and is handed over as the same array.
      if (name.startsWith('hoisted.') && this.#uploaded.get(key) === tensor.data) continue;
      this.#uploaded.set(key, tensor.data);
      writeTensor(this.#device.gpu, this.#memory.regions.get(key)!, tensor, value, this.program.slots.get(key)!.type);
    }
  }

  #record(pass: GPUComputePassEncoder, commands: readonly Command[]): void {
    for (const { pipeline, group, grid } of commands) {
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(...grid);
    }
  }

  /** Hands over what was recorded while the run before was computed, and records for the run after. */
  #submit(): void {
    const recorded = this.#recorded ?? this.#recordRun();
    for (const buffer of recorded) this.#device.gpu.queue.submit([buffer]);
    this.#recorded = this.#recordRun();
  }

  #recordRun(): GPUCommandBuffer[] {
    const size = Math.ceil(this.#commands.length / this.#pieces);
    const starts = Array.from({ length: Math.ceil(this.#commands.length / size) }, (_, piece) => piece * size);
    return starts.map((start) => {
      const encoder = this.#device.gpu.createCommandEncoder();
      const pass = encoder.beginComputePass();
      this.#record(pass, this.#commands.slice(start, start + size));
      pass.end();
      return encoder.finish();
    });
  }

  async #read(): Promise<Map<string, Tensor>> {
    const outputs = [...this.program.outputs];
    const sources = outputs.map(([, { key }]) => this.#memory.regions.get(key)!);
    const regions = [...sources, this.#memory.regions.get(this.#guard.key)!];
    const all = await readRegions(this.#device.gpu, regions).catch((error: unknown) => {
      this.#device.check();
      throw new AppError('gpuFailed', 'The results could not be read back from the graphics card.', {}, error);
    });
    const offsets = packedOffsets(regions);
    this.#guard.check(new Uint32Array(all, offsets[sources.length]!, 1)[0]!);
    return new Map(
      outputs.map(([name, { value, key }], i) => {
        const at = offsets[i]!;
        return [name, fromDevice(all.slice(at, at + sources[i]!.bytes), value, this.program.slots.get(key)!.type)];
      }),
    );
  }
}

/** Where each region lies once they are packed together; the last number is the whole size. */
function packedOffsets(regions: readonly Region[]): number[] {
  const offsets = [0];
  for (const { bytes } of regions) offsets.push(offsets.at(-1)! + Math.ceil(bytes / 8) * 8);
  return offsets;
}

/** Copies regions into one mappable buffer and gives its contents. */
export async function readRegions(gpu: GPUDevice, regions: readonly Region[]): Promise<ArrayBuffer> {
  const offsets = packedOffsets(regions);
  const staging = gpu.createBuffer({ label: 'results', size: offsets.at(-1)!, usage: usage.mapRead | usage.copyTarget });
  try {
    const encoder = gpu.createCommandEncoder();
    regions.forEach(({ buffer, offset, bytes }, i) => {
      encoder.copyBufferToBuffer(buffer, offset, staging, offsets[i]!, Math.ceil(bytes / 4) * 4);
    });
    gpu.queue.submit([encoder.finish()]);
    await staging.mapAsync(1);
    return staging.getMappedRange().slice(0);
  } finally {
    staging.destroy();
  }
}

function bindingEntry({ buffer, offset, bytes, bound }: Region, binding: number): GPUBindGroupEntry {
  return { binding, resource: { buffer, offset, size: Math.max(16, Math.ceil((bound ?? bytes) / 16) * 16) } };
}
