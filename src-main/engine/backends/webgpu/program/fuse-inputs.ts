import type { Graph, Node, Value } from '../../../../../kernels/graph/graph.ts';
import type { Fusion } from '../../../../../kernels/wgsl/emitter.ts';
import type { FusionOptions } from './fusion-options.ts';
import type { GraphUses } from './graph-uses.ts';

/** What a convolution or norm reads instead of its first input. */
export interface InputMerge {
  readonly values: readonly Value[];
  readonly upsample?: boolean;
  readonly norm?: NonNullable<Fusion['norm']>;
}

export interface InputMerges {
  readonly merges: ReadonlyMap<Node, InputMerge>;
  readonly absorbed: ReadonlySet<Node>;
}

/** Finds joined, doubled and normalised images that their readers can make for themselves. */
export function findInputMerges(graph: Graph, uses: GraphUses, options: FusionOptions): InputMerges {
  const merges = new Map<Node, InputMerge>();
  const absorbed = new Set<Node>();
  const readers = (node: Node, operations: readonly string[]): readonly Node[] => {
    const users = uses.users(node.outputs[0]!) ?? [];
    const fits = users.every(
      (user) => operations.includes(user.op) && user.inputs[0] === node.outputs[0] && user.inputs.indexOf(node.outputs[0]!, 1) < 0,
    );
    return fits ? users : [];
  };
  for (const node of graph.nodes) {
    const found =
      options.concat && isChannelPair(node)
        ? readers(node, ['conv2d', 'groupNorm'])
        : options.upsample && isDoubling(node)
          ? readers(node, ['conv2d'])
          : [];
    if (found.length === 0) continue;
    absorbed.add(node);
    const isJoin = node.op === 'concat';
    for (const reader of found) merges.set(reader, isJoin ? { values: node.inputs } : { values: [node.inputs[0]!], upsample: true });
  }
  if (options.normOnLoad) for (const node of graph.nodes) mergeNorm(node, uses, merges, absorbed);
  return { merges, absorbed };
}

/** A kernel has eight bindings for certain, which leaves room for two sources beside everything else. */
function isChannelPair({ op, inputs, attributes }: Node): boolean {
  return (
    op === 'concat' &&
    inputs.length === 2 &&
    attributes['axis'] === 1 &&
    inputs.every(({ layout, kind }) => layout === 'image' && kind !== 'weight') &&
    inputs[0] !== inputs[1]
  );
}

function isDoubling({ op, inputs, outputs }: Node): boolean {
  if (op !== 'upsample') return false;
  const [, , h, w] = inputs[0]!.shape;
  return outputs[0]!.shape[2] === h! * 2 && outputs[0]!.shape[3] === w! * 2;
}

/** Group normalisation, with the SiLU behind it, that one convolution reads. */
function mergeNorm(node: Node, uses: GraphUses, merges: Map<Node, InputMerge>, absorbed: Set<Node>): void {
  if (node.op !== 'groupNorm') return;
  let last = node;
  let reader = uses.onlyUser(node.outputs[0]!);
  if (reader?.op === 'activation' && reader.attributes['kind'] === 'silu') {
    last = reader;
    reader = uses.onlyUser(reader.outputs[0]!);
  }
  if (reader?.op !== 'conv2d' || reader.inputs[0] !== last.outputs[0]) return;
  const [, weight, bias] = node.inputs as [Value, Value, Value];
  const norm = {
    groups: node.attributes['groups'] as number,
    epsilon: node.attributes['epsilon'] as number,
    weight,
    bias,
    silu: last !== node,
  };
  merges.set(reader, { values: merges.get(node)?.values ?? [node.inputs[0]!], norm });
  merges.delete(node);
  absorbed.add(node);
  absorbed.add(last);
}
