import { realpathSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { env, InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { onnxCpuDevice } from '../../../../kernels/attention/device/device.ts';
import type { Graph, Value } from '../../../../kernels/graph/graph.ts';
import { lowerToOnnx, onnxDataTypes, type OnnxStorageType, type OnnxWeight } from '../../../../kernels/onnx/lower.ts';
import type { Tensor } from '../../../../kernels/tensor.ts';
import { AppError } from '../../../contract/errors.ts';
import { resolveAttention } from '../../attention/resolve.ts';
import type { WeightStore } from '../../weights.ts';
import type { Backend, Executable, TensorMap } from '../backend.ts';

export interface OnnxBackendOptions {
  /** Threads of one operator; all cores unless stated. */
  readonly threads?: number;
}

/**
 * ONNX Runtime on the CPU. Each graph becomes a session whose weights are mapped from the user's file; weights that cannot be mapped
 * (computed, transposed, scaled, or of a type without a cast) travel inside the model.
 */
export function onnxBackend(options: OnnxBackendOptions = {}): Backend {
  return {
    name: 'onnx',
    device: 'CPU (ONNX Runtime)',
    version: env.versions.node ?? '',
    async compile(graph, weights) {
      const { bytes, folder } = await lower(resolveAttention(graph, onnxCpuDevice), weights);
      const session = await InferenceSession.create(bytes, sessionOptions(folder, options)).catch((error: unknown) => {
        throw new AppError('sessionFailed', `ONNX Runtime could not prepare the model: ${firstLine(error)}`, {}, error);
      });
      return executable(graph, session);
    },
  };
}

function sessionOptions(folder: string | undefined, { threads }: OnnxBackendOptions): InferenceSession.SessionOptions {
  return {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'all',
    executionMode: 'sequential',
    ...(threads !== undefined && { intraOpNumThreads: threads }),
    ...(folder !== undefined && { extra: { session: { model_external_initializers_file_folder_path: folder } } }),
    logSeverityLevel: 3,
  };
}

/** ONNX Runtime maps external data from one folder a session; the folder of most weights is it, and others are read in. */
async function lower(graph: Graph, store: WeightStore): Promise<{ bytes: Uint8Array; folder: string | undefined }> {
  const folder = commonFolder(graph, store);
  const sources = new Map<number, OnnxWeight>();
  for (const value of graph.weights) sources.set(value.id, await weightSource(value, store, folder));
  return { bytes: lowerToOnnx(graph, { weight: (value) => sources.get(value.id)! }), folder };
}

async function weightSource(value: Value, store: WeightStore, folder: string | undefined): Promise<OnnxWeight> {
  const stored = store.locate(value.name, value.shape);
  if (stored.kind === 'memory') return { kind: 'inline', data: stored.values };
  const { location } = stored;
  const file = realpathSync(location.file);
  const isMappable = dirname(file) === folder && !location.transpose && !location.scale && location.dtype in onnxDataTypes;
  if (!isMappable) return { kind: 'inline', data: await store.read(value.name, value.shape) };
  const dtype = location.dtype as OnnxStorageType;
  return { kind: 'file', location: basename(file), offset: location.offset, bytes: location.bytes, dtype };
}

function commonFolder(graph: Graph, store: WeightStore): string | undefined {
  for (const { name, shape } of graph.weights) {
    const stored = store.locate(name, shape);
    if (stored.kind === 'file') return dirname(realpathSync(stored.location.file));
  }
  return undefined;
}

function executable(graph: Graph, session: InferenceSession): Executable {
  return {
    async run(inputs) {
      const results = await session.run(feeds(graph, inputs));
      return new Map([...graph.outputs.keys()].map((name) => [name, fromOrt(results[name]!)]));
    },
    dispose: () => session.release(),
  };
}

function feeds(graph: Graph, inputs: TensorMap): Record<string, OrtTensor> {
  return Object.fromEntries(
    graph.inputs.map(({ name, shape, dtype }) => {
      const tensor = inputs.get(name);
      if (tensor?.shape.join() !== shape.join()) {
        const found = tensor ? `[${tensor.shape.join(', ')}]` : 'nothing';
        throw new AppError('badInput', `The model's input ${name}: expected [${shape.join(', ')}], found ${found}.`, { name, found });
      }
      return [name, new OrtTensor(dtype === 'i32' ? 'int32' : 'float32', tensor.data, [...shape])];
    }),
  );
}

function fromOrt(tensor: OrtTensor): Tensor {
  return { shape: tensor.dims.map(Number), data: tensor.data as Float32Array };
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!.slice(0, 400);
}
