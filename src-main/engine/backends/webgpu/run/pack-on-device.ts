import { elementCount } from '../../../../../kernels/tensor.ts';
import type { Dispatch } from '../../../../../kernels/wgsl/emitter.ts';
import type { OpenDevice } from '../device/open.ts';
import type { WeightUse } from '../program/program.ts';
import { usage, type BufferSet, type Region } from './buffers.ts';
import { compileKernels } from './pipelines.ts';

const threads = 64;
/** Workgroups side by side: a dimension holds at most 65,535 of them. */
const across = 4096;

/** Turns matrices into the order of their kernels on the device: on the processor that takes seconds for a large model, since every number lands far from the last. */
export interface DevicePacker {
  /** Packs a matrix [O, I] or [O, I, k, k] of the checkpoint into its place. What is written later waits for it. */
  pack(values: Float32Array, use: PackedUse, target: Region): void;
}

export type PackedUse = Pick<WeightUse, 'value' | 'form' | 'type'>;

/** Whether a weight is packed on the device: others stay in their order, or are short. */
export function packsOnDevice({ value, form }: PackedUse): boolean {
  return form !== 'stored' && value.shape.length > 1;
}

/**
 * Prepares packing for the given weights, with a buffer of their largest piece.
 * @param most bytes of a piece: larger matrices travel some output rows at a time
 */
export async function devicePacker(
  device: OpenDevice,
  buffers: BufferSet,
  uses: readonly PackedUse[],
  most = 2 ** 26,
): Promise<DevicePacker | undefined> {
  const matrices = uses.filter(packsOnDevice);
  if (matrices.length === 0) return undefined;
  const { gpu } = device;
  const rowBytes = Math.max(...matrices.map(({ value: { shape } }) => elementCount(shape.slice(1)) * 4));
  const largest = Math.max(...matrices.map(({ value: { shape } }) => elementCount(shape) * 4));
  const staging = await buffers.make('weights on their way', Math.max(rowBytes, Math.min(largest, most)), usage.storage | usage.copyTarget);
  const sizes = await buffers.make('sizes of a weight', 32, usage.uniform | usage.copyTarget);
  const launches = [...new Set(matrices.map(({ type }) => type))].map((type) => packLaunch(type));
  const kernels = await compileKernels(gpu, launches);
  return {
    pack(values, { value: { shape }, form, type }, { buffer, offset, bytes }) {
      const { pipeline, layout } = kernels.get(packCode(type))!;
      const outputs = shape[0]!;
      const row = elementCount(shape.slice(1));
      const pitch = Math.ceil(outputs / 4) * 4;
      const rowsAtOnce = Math.max(1, Math.floor(staging.size / (row * 4)));
      const group = gpu.createBindGroup({
        layout,
        entries: [
          { binding: 0, resource: { buffer: sizes } },
          { binding: 1, resource: { buffer: staging } },
          { binding: 2, resource: { buffer, offset, size: Math.ceil(bytes / 16) * 16 } },
        ],
      });
      for (let first = 0; first < outputs; first += rowsAtOnce) {
        const last = Math.min(outputs, first + rowsAtOnce);
        // The padding behind the outputs is written with the last of them.
        const count = ((last === outputs ? pitch : last) - first) * row;
        const half = form === 'gatedColumns' ? outputs / 2 : 0;
        const numbers = [count, first, outputs, shape[1]!, row / shape[1]!, pitch, half, across * threads];
        gpu.queue.writeBuffer(sizes, 0, new Uint32Array(numbers));
        gpu.queue.writeBuffer(staging, 0, new Float32Array(values.buffer as ArrayBuffer, values.byteOffset + first * row * 4, (last - first) * row));
        const encoder = gpu.createCommandEncoder();
        const pass = encoder.beginComputePass();
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, group);
        const groups = Math.ceil(count / threads);
        pass.dispatchWorkgroups(Math.min(groups, across), Math.ceil(groups / across));
        pass.end();
        gpu.queue.submit([encoder.finish()]);
      }
    },
  }; // prettier-ignore
}

/** One invocation a number of the checkpoint: read side by side, written where the kernels want it. See `packWeight`. */
function packCode(type: WeightUse['type']): string {
  return `${type === 'f16' ? 'enable f16;\n' : ''}struct Sizes { count: u32, first: u32, outputs: u32, inputs: u32, taps: u32, pitch: u32, half: u32, stride: u32 }
@group(0) @binding(0) var<uniform> p: Sizes;
@group(0) @binding(1) var<storage, read> stored: array<f32>;
@group(0) @binding(2) var<storage, read_write> packed: array<${type}>;
@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let e = group.y * p.stride + group.x * ${threads}u + thread;
  if (e >= p.count) { return; }
  let row = p.inputs * p.taps;
  let output = p.first + e / row;
  let input = e % row / p.taps;
  let tap = e % p.taps;
  var column = output;
  if (p.half > 0u) {
    let within = output % p.half;
    column = within / 4u * 8u + within % 4u + select(4u, 0u, output < p.half);
  }
  var v = 0.0;
  if (output < p.outputs) { v = stored[e]; }
  packed[(tap * p.inputs + input) * p.pitch + column] = ${type}(v);
}`;
}

function packLaunch(type: WeightUse['type']) {
  const value = { id: -1, name: 'weight', kind: 'weight', shape: [1], layout: 'plain', dtype: 'f32' } as const;
  const bindings = [{ kind: 'weight', value, form: 'stored' }, { kind: 'value', value }] as const; // prettier-ignore
  const dispatch: Dispatch = {
    kernel: `pack ${type}`,
    code: packCode(type),
    bindings,
    params: new Uint32Array(8),
    grid: [1, 1, 1],
    writes: [1],
  };
  return { node: 'weights', op: 'pack', dispatch, keys: [] };
}
