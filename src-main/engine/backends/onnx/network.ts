import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import type { NetworkInput } from '../../../core/filters/network/network-input.ts';
import type { NetworkPorts, PortInfo } from '../../../core/filters/network/network-kind.ts';
import type { NetworkOutput } from '../../../core/filters/network/network-maps.ts';
import { AppError } from '../../../contract/errors.ts';

/** A network of a user's ONNX file, ready to run. */
export interface Network extends AsyncDisposable {
  readonly ports: NetworkPorts;
  /** All outputs, in the file's order. */
  run(input: NetworkInput): Promise<readonly NetworkOutput[]>;
}

/** Opens an ONNX file on the processor. Throws AppError `sessionFailed` naming it where ONNX Runtime cannot prepare it. */
export async function openNetwork(file: string): Promise<Network> {
  const session = await InferenceSession.create(file, { executionProviders: ['cpu'], logSeverityLevel: 4 }).catch((error: unknown) => {
    throw new AppError('sessionFailed', `${file}: ONNX Runtime could not prepare this network: ${firstLine(error)}`, { path: file }, error);
  });
  const ports = { inputs: session.inputMetadata.map(portInfo), outputs: session.outputMetadata.map(portInfo) };
  return {
    ports,
    async run({ shape, data }) {
      const feeds = { [ports.inputs[0]!.name]: new OrtTensor('float32', data, [...shape]) };
      const results = await session.run(feeds).catch((error: unknown) => {
        throw new AppError('sessionFailed', `${file}: This network failed while it ran: ${firstLine(error)}`, { path: file }, error);
      });
      return ports.outputs.map(({ name }) => ({ shape: results[name]!.dims, data: results[name]!.data as Float32Array }));
    },
    [Symbol.asyncDispose]: () => session.release(),
  };
}

function portInfo(port: InferenceSession.ValueMetadata): PortInfo {
  if (!port.isTensor) return { name: port.name, type: 'no tensor', shape: [] };
  return { name: port.name, type: port.type, shape: port.shape.map((size) => (typeof size === 'number' && size > 0 ? size : -1)) };
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!.slice(0, 400);
}
