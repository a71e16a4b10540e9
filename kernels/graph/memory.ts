import { elementCount } from '../tensor.ts';
import type { Graph, Value } from './graph.ts';
import { lastUses } from './passes.ts';

export interface GraphMemory {
  /** Number of weight values. */
  readonly weights: number;
  /** Largest number of temporary values alive at once, when each is given back after its last use. */
  readonly temporaries: number;
  /** Number of values of the largest temporary. */
  readonly largest: number;
}

/** Counts what a run of the graph holds, in values: multiply by the bytes of the storage type. Reshapes share their input's storage. */
export function graphMemory(graph: Graph): GraphMemory {
  const last = lastUses(graph);
  const weights = graph.weights.reduce((sum, value) => sum + elementCount(value.shape), 0);
  const sizes = new Map<number, number>();
  let alive = graph.inputs.reduce((sum, value) => sum + hold(sizes, value), 0);
  let peak = alive;
  let largest = 0;
  graph.nodes.forEach((node, index) => {
    for (const value of node.outputs) {
      const size = hold(sizes, value);
      alive += size;
      largest = Math.max(largest, size);
    }
    peak = Math.max(peak, alive);
    for (const value of new Set(node.inputs)) {
      if (last.get(value.id) !== index) continue;
      alive -= sizes.get(value.id) ?? 0;
      sizes.delete(value.id);
    }
  });
  return { weights, temporaries: peak, largest };
}

function hold(sizes: Map<number, number>, value: Value): number {
  const size = elementCount(value.shape);
  sizes.set(value.id, size);
  return size;
}
