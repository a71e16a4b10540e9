import { attentionInputs, type AttentionAttributes } from '../../../kernels/attention-op/attributes.ts';
import type { Device } from '../../../kernels/attention/device/device.ts';
import { NotImplementedError, ValueError } from '../../../kernels/attention/errors.ts';
import { chooseOp, isOpName, type Choice } from '../../../kernels/attention/ops/dispatch.ts';
import { noBias, type BiasFacts, type OpInputs } from '../../../kernels/attention/ops/inputs.ts';
import type { Graph, Node, Value } from '../../../kernels/graph/graph.ts';
import { AppError } from '../../contract/errors.ts';

/**
 * The graph with the op of every attention settled for a device: `auto` becomes the first that can serve, and a forced op is checked.
 * Layers do not enter the choice. Throws AppError `attentionNotSupported` with all reasons when a forced op, or none at all, can serve.
 */
export function resolveAttention(graph: Graph, device: Device): Graph {
  const nodes = graph.nodes.map((node) => {
    if (node.op !== 'attention') return node;
    return { ...node, attributes: { ...node.attributes, base: chooseNodeOp(node, device).op.name } };
  });
  return { ...graph, nodes };
}

/** Checks the forced ops of a graph, for back ends that choose among their kernels by themselves. Throws as `resolveAttention` does. */
export function checkForcedOps(graph: Graph, device: Device): void {
  for (const node of graph.nodes) if (node.op === 'attention' && node.attributes['base'] !== 'auto') chooseNodeOp(node, device);
}

/** The op that serves an attention node on a device, with the ops passed over and their reasons. */
export function chooseNodeOp(node: Node, device: Device): Choice {
  const { base } = node.attributes as AttentionAttributes;
  try {
    return chooseOp(nodeInputs(node), device, isOpName(base) ? base : 'auto');
  } catch (error) {
    if (!(error instanceof ValueError || error instanceof NotImplementedError)) throw error;
    const reasons = error.message.split('\n').slice(1).join('\n');
    const message = `The attention ${node.name} cannot run as "${base}" on this device: expected an op that supports its inputs, found\n${reasons}`;
    throw new AppError('attentionNotSupported', message, { node: node.name, base, device: device.id }, error);
  }
}

/** The node's operands as [B, S, H, K], as the ops see them. */
export function nodeInputs(node: Node): OpInputs {
  const attributes = node.attributes as AttentionAttributes;
  const { query, key, value, bias } = attentionInputs<Value>(node.inputs, attributes);
  return {
    query: operand(query, attributes.heads),
    key: operand(key, attributes.heads),
    value: operand(value, attributes.heads),
    bias: biasFacts(attributes, bias?.key.shape[2]),
    p: 0,
  };
}

function operand({ shape }: Value, heads: number): OpInputs['query'] {
  const [batch, length, width] = shape as [number, number, number];
  const size = width / heads;
  return { shape: [batch, length, heads, size], strides: [length * width, width, size, 1], dtype: 'f32' };
}

function biasFacts({ causal }: AttentionAttributes, rank: number | undefined): BiasFacts {
  if (rank !== undefined) return { form: 'lowRank', typeName: 'a bias of low rank', rank };
  return causal ? { form: 'causal', typeName: 'LowerTriangularMask' } : noBias;
}
