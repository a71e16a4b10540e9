import { env, InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { onnxCpuDevice } from '../../../../kernels/attention/device/device.ts';
import type { Graph } from '../../../../kernels/graph/graph.ts';
import { lowerToOnnx } from '../../../../kernels/onnx/lower.ts';
import type { Tensor } from '../../../../kernels/tensor.ts';
import { AppError } from '../../../contract/errors.ts';
import { resolveAttention } from '../../attention/resolve.ts';
import type { Backend, Executable, TensorMap } from '../backend.ts';
import { placeWeights, type PlacedWeights } from './weight-files.ts';

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
      const resolved = resolveAttention(graph, onnxCpuDevice);
      const placed = await placeWeights(resolved, weights);
      try {
        const bytes = lowerToOnnx(resolved, { weight: (value) => placed.sources.get(value.id)! });
        const session = await InferenceSession.create(bytes, sessionOptions(placed.folder, options));
        return executable(graph, session, placed);
      } catch (error) {
        throw new AppError('sessionFailed', `ONNX Runtime could not prepare the model: ${firstLine(error)}`, {}, error);
      } finally {
        await placed.remove();
      }
    },
  };
}

/**
 * Threads of a session wait for more work in a loop that keeps a core busy, also after its run. A ControlNet and a UNet that take turns then
 * slow each other down: on two cores their step took 1.5 times as long.
 */
const endSpinning = { force_spinning_stop: '1' };

function sessionOptions(folder: string | undefined, { threads }: OnnxBackendOptions): InferenceSession.SessionOptions {
  return {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'all',
    executionMode: 'sequential',
    ...(threads !== undefined && { intraOpNumThreads: threads }),
    extra: { session: { ...endSpinning, ...(folder !== undefined && { model_external_initializers_file_folder_path: folder }) } },
    logSeverityLevel: 3,
  };
}

function executable(graph: Graph, session: InferenceSession, placed: PlacedWeights): Executable {
  return {
    async run(inputs) {
      const results = await session.run(feeds(graph, inputs));
      return new Map([...graph.outputs.keys()].map((name) => [name, fromOrt(results[name]!)]));
    },
    async dispose() {
      await session.release();
      await placed.remove();
    },
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
