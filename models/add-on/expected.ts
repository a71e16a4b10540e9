import { AppError } from '../../src-main/contract/errors.ts';
import { GraphError, type Graph } from '../../kernels/graph/graph.ts';
import { refusal } from '../checkpoint/refusal.ts';
import { ConfigError } from '../config.ts';

/** Names and shapes of the weights that a graph uses: what a file of the network must hold. */
export function weightShapes(graph: Graph): Map<string, readonly number[]> {
  return new Map(graph.weights.map(({ name, shape }) => [name, shape]));
}

/** Reads an add-on's configuration or shapes; what cannot be used becomes an AppError `badConfig` that names the file. */
export function withConfigOf<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof AppError || !(error instanceof ConfigError || error instanceof GraphError)) throw error;
    throw refusal('badConfig', path, `${error.message}.`);
  }
}
