import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppError } from '../../contract/errors.ts';
import type { NetworkKind } from '../../contract/filters.ts';
import type { ModelInfo } from '../../contract/reports.ts';
import { networkKind, type NetworkPorts } from '../../core/filters/network/network-kind.ts';
import type { OnnxHeader, OnnxPort } from '../../formats/onnx/read-onnx-header.ts';
import { openNetwork } from '../backends/onnx/network.ts';
import { modelName } from '../model/model-name.ts';
import { readNetworkHeader } from './network-file.ts';

/** What an ONNX file is for; what is wrong with it is a sentence and not an error. */
export async function inspectNetwork(path: string): Promise<ModelInfo> {
  const info = {
    id: path,
    path,
    name: modelName(path),
    family: null,
    prediction: null,
    precision: null,
    companionOf: null,
    defaults: {},
    vocabulary: [],
  };
  let bytes = await bytesOf(path);
  try {
    const header = await readNetworkHeader(path);
    for (const location of new Set(header.external.map((tensor) => tensor.location))) bytes += await bytesOf(join(dirname(path), location));
    const network = await kindOf(path, header);
    return { ...info, kind: 'filter', network, bytes, usable: true, problems: [] };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { ...info, kind: 'unknown', network: null, bytes, usable: false, problems: [error.message] };
  }
}

/**
 * Told from the header, as this costs nothing. ONNX Runtime, which finds sizes that the file leaves open, is asked only about a network that
 * takes one thing and may still turn out to be a filter.
 */
async function kindOf(path: string, { inputs, outputs }: OnnxHeader): Promise<NetworkKind> {
  const isVague = [...inputs, ...outputs].some(({ shape }) => shape === undefined || shape.some((size) => size < 0));
  try {
    return networkKind(path, { inputs: inputs.map(portInfo), outputs: outputs.map(portInfo) });
  } catch (error) {
    if (!isVague || inputs.length !== 1) throw error;
  }
  await using network = await openNetwork(path);
  return networkKind(path, network.ports);
}

function portInfo({ name, type, shape }: OnnxPort): NetworkPorts['inputs'][number] {
  return { name, type, shape: shape ?? [] };
}

async function bytesOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}
