import type { Graph, Node } from '../graph/graph.ts';
import { elementCount } from '../tensor.ts';

/** Smaller products gain nothing, and the narrow ones (first and last convolution, time embedding) lose the most accuracy. */
const least = { rows: 64, inputs: 64, outputs: 64 };

/**
 * The graph with its large linear layers and convolutions marked `eightBit`: a back end with an 8-bit form of them may use it (weights
 * per output channel, activations per tensor at run time); the others compute as before. Layers whose weights are inputs stay exact.
 */
export function withEightBit(graph: Graph): Graph {
  const nodes = graph.nodes.map((node) => (isEligible(node) ? { ...node, attributes: { ...node.attributes, eightBit: true } } : node));
  return { ...graph, nodes };
}

/** Ids of the weights that marked nodes multiply with. */
export function eightBitWeights(graph: Graph): ReadonlySet<number> {
  return new Set(graph.nodes.filter(({ attributes }) => attributes['eightBit'] === true).map(({ inputs }) => inputs[1]!.id));
}

function isEligible({ op, inputs, outputs: [output] }: Node): boolean {
  const weight = inputs[1];
  if ((op !== 'linear' && op !== 'conv2d') || weight?.kind !== 'weight') return false;
  const outputs = weight.shape[0]!;
  const rows = elementCount(output!.shape) / outputs;
  return rows >= least.rows && elementCount(weight.shape) / outputs >= least.inputs && outputs >= least.outputs;
}
