import { findOperation } from '../operations.ts';
import type { Tensor } from '../tensor.ts';
import { GraphError, type Graph, type Value } from './graph.ts';
import { lastUses } from './passes.ts';

export interface InterpretOptions {
  readonly inputs: ReadonlyMap<string, Tensor>;
  readonly weight: (value: Value) => Tensor;
  /** Called with every node's outputs, in order: what node-by-node comparison hangs on. */
  readonly observe?: (name: string, outputs: readonly Tensor[]) => void;
}

/** Runs a graph with the reference loops. Slow and obvious: for toy sizes. */
export function interpret(graph: Graph, options: InterpretOptions): Map<string, Tensor> {
  const values = new Map<number, Tensor>();
  for (const value of graph.inputs) {
    const tensor = options.inputs.get(value.name);
    if (tensor?.shape.join() !== value.shape.join()) {
      throw new GraphError(
        `input ${value.name}: expected [${value.shape.join(', ')}], got ${tensor ? `[${tensor.shape.join(', ')}]` : 'none'}`,
      );
    }
    values.set(value.id, tensor);
  }
  const last = lastUses(graph);
  const read = (value: Value): Tensor => {
    if (value.kind === 'weight') return options.weight(value);
    if (value.kind === 'constant') return { shape: value.shape, data: value.data! };
    return values.get(value.id)!;
  };
  graph.nodes.forEach((node, index) => {
    const results = findOperation(node.op).reference(node.inputs.map(read), node.attributes, node.outputs);
    node.outputs.forEach((value, i) => values.set(value.id, results[i]!));
    options.observe?.(node.name, results);
    for (const value of node.inputs) if (last.get(value.id) === index) values.delete(value.id);
  });
  return new Map([...graph.outputs].map(([name, value]) => [name, read(value)]));
}
