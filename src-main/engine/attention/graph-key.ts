import type { AttentionLayer } from '../../../kernels/attention/stack/layers.ts';
import type { AttentionStack } from '../../../kernels/attention/stack/stack.ts';

/**
 * The stack without what is only an input of its graph: the weight and the steps of reference pictures. Stacks with equal keys build
 * equal graphs, so that moving such a slider compiles nothing.
 */
export function graphKey({ base, layers }: AttentionStack): AttentionStack {
  return { base, layers: layers.map(graphPart) };
}

function graphPart(layer: AttentionLayer): AttentionLayer {
  return layer.kind === 'ipAdapter' ? { ...layer, scale: layer.scale === 0 ? 0 : 1, range: [0, 1] } : layer;
}
