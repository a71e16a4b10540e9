import type { Graph } from '../../../../kernels/graph/graph.ts';
import type { WgslTarget } from '../../../../kernels/wgsl/emitter.ts';
import { AppError } from '../../../contract/errors.ts';
import type { Backend } from '../backend.ts';
import type { WeightStore } from '../../weights.ts';
import { checkForcedOps } from '../../attention/resolve.ts';
import { attentionDevice, targetOf, type TargetChoice } from './device/facts.ts';
import { gpuMemory } from './device/memory.ts';
import { openDevice, type OpenDevice, type OpenOptions } from './device/open.ts';
import { buildProgram, type BuildOptions } from './program/build.ts';
import { prepareProgram, type GpuExecutable } from './run/executable.ts';
import type { ReadWeight } from './run/load.ts';

export interface WebgpuOptions extends OpenOptions, TargetChoice, BuildOptions {}

/** What may differ for one network. */
export interface NetworkChoice extends Pick<TargetChoice, 'storage'> {
  readonly prefer?: WgslTarget['prefer'] | undefined;
}

export interface WebgpuBackend extends Backend {
  readonly opened: OpenDevice;
  readonly target: WgslTarget;
  compile(graph: Graph, weights: Pick<WeightStore, 'read'>, choice?: NetworkChoice): Promise<GpuExecutable>;
  /** Closes the device; executables are of no use afterwards. */
  close(): void;
}

/**
 * Our own kernels on the graphics card: Metal, Vulkan or D3D12 through Dawn.
 * @throws AppError `noGpu`, `gpuFailed`
 */
export async function webgpuBackend(options: WebgpuOptions = {}): Promise<WebgpuBackend> {
  const opened = await openDevice(options);
  const target = targetOf(opened.facts, options);
  const { description, device, vendor } = opened.facts;
  return {
    name: 'webgpu',
    device: device || description || vendor || 'Graphics card',
    version: [vendor, opened.facts.architecture, description].filter((part) => part !== '').join(' '),
    memory: gpuMemory(opened.facts, target),
    opened,
    target,
    async compile(graph, weights, { storage, prefer } = {}) {
      checkForcedOps(graph, attentionDevice(opened.facts));
      const read: ReadWeight = ({ name, shape }) => weights.read(name, shape);
      const chosen = { ...(storage ? targetOf(opened.facts, { ...options, storage }) : target), ...(prefer && { prefer }) };
      try {
        return await prepareProgram(opened, buildProgram(graph, chosen, options), read);
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'gpuOutOfMemory') throw error;
        return prepareProgram(opened, buildProgram(graph, { ...chosen, scoreBytes: chosen.scoreBytes / 8 }, leanest(options)), read);
      }
    },
    close: () => opened.gpu.destroy(),
  };
}

/** The options that need the least memory: normalised images are never stored. */
function leanest(options: WebgpuOptions): WebgpuOptions {
  return { ...options, fusion: { ...options.fusion, normOnLoad: true } };
}
