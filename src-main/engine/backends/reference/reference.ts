import { interpret } from '../../../../kernels/graph/interpret.ts';
import type { Tensor } from '../../../../kernels/tensor.ts';
import type { Backend } from '../backend.ts';

/** The graph interpreter in TypeScript: slow and obvious, the oracle for toy sizes. */
export const referenceBackend: Backend = {
  name: 'reference',
  device: 'Reference loops',
  version: '',
  async compile(graph, weights) {
    const values = new Map<string, Tensor>();
    for (const { name, shape } of graph.weights) values.set(name, { shape, data: await weights.read(name, shape) });
    return {
      run: (inputs) => Promise.resolve(interpret(graph, { inputs, weight: (value) => values.get(value.name)! })),
      dispose: () => Promise.resolve(values.clear()),
    };
  },
};
