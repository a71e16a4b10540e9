import type { Graph } from '../../../../kernels/graph/graph.ts';
import type { WgslTarget } from '../../../../kernels/wgsl/emitter.ts';
import type { Backend } from '../backend.ts';
import type { WeightStore } from '../../weights.ts';
import { targetOf, type TargetChoice } from './device/facts.ts';
import { openDevice, type OpenDevice, type OpenOptions } from './device/open.ts';
import { buildProgram, type BuildOptions } from './program/build.ts';
import { prepareProgram, type GpuExecutable } from './run/executable.ts';

export interface WebgpuOptions extends OpenOptions, TargetChoice, BuildOptions {
  readonly prefer?: WgslTarget['prefer'];
}

export interface WebgpuBackend extends Backend {
  readonly opened: OpenDevice;
  readonly target: WgslTarget;
  compile(graph: Graph, weights: Pick<WeightStore, 'read'>): Promise<GpuExecutable>;
  /** Closes the device; executables are of no use afterwards. */
  close(): void;
}

/**
 * Our own kernels on the graphics card: Metal, Vulkan or D3D12 through Dawn.
 * @throws AppError `noGpu`, `gpuFailed`
 */
export async function webgpuBackend(options: WebgpuOptions = {}): Promise<WebgpuBackend> {
  const opened = await openDevice(options);
  const base = targetOf(opened.facts, options);
  const target = options.prefer ? { ...base, prefer: options.prefer } : base;
  const { description, device, vendor } = opened.facts;
  return {
    name: 'webgpu',
    device: description || device || vendor || 'Graphics card',
    version: [vendor, opened.facts.architecture, description].filter((part) => part !== '').join(' '),
    opened,
    target,
    async compile(graph, weights) {
      const program = buildProgram(graph, target, options);
      return prepareProgram(opened, program, ({ name, shape }) => weights.read(name, shape));
    },
    close: () => opened.gpu.destroy(),
  };
}
