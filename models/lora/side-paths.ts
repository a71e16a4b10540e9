import { add, multiply } from '../../kernels/binary/op.ts';
import type { Conv2dAttributes } from '../../kernels/conv2d/attributes.ts';
import { conv2dOperation } from '../../kernels/conv2d/op.ts';
import { GraphBuilder, Scope } from '../../kernels/graph/builder.ts';
import type { Graph, Node, Value } from '../../kernels/graph/graph.ts';
import { linearOperation } from '../../kernels/linear/op.ts';
import { LoraGates, type JoinedPart } from './gates.ts';

/** What runs beside a layer: two thin layers, or one with the whole change of its weight and perhaps of its bias. */
export type SidePath =
  { readonly kind: 'lowRank'; readonly rank: number; readonly scale: number } | { readonly kind: 'whole'; readonly hasBias: boolean };

/** The side paths of one LoRA, by module. */
export interface SidePathLora {
  /** Names its inputs and weights. */
  readonly id: string;
  /** Acts in a region alone: its paths are gated by pixel, or by token. */
  readonly isRegional: boolean;
  readonly paths: ReadonlyMap<string, SidePath>;
}

/** The weight of a side path: thin layers are `down` and `up`, whole changes `delta`. */
export function sideWeightName(id: string, module: string, layer: 'down' | 'up' | 'delta', kind: 'weight' | 'bias' = 'weight'): string {
  return `lora.${id}.${module}.${layer}.${kind}`;
}

/**
 * The LoRAs whose thin layers beside a module become one pair: those that act everywhere, where there are several. Their `down` weights lie one
 * below the other and their `up` weights side by side, under `joinedId`.
 */
export function joinedParts(loras: readonly SidePathLora[], module: string): readonly JoinedPart[] {
  const parts = loras.flatMap(({ id, isRegional, paths }): JoinedPart[] => {
    const path = paths.get(module);
    return !isRegional && path?.kind === 'lowRank' ? [{ id, rank: path.rank, scale: path.scale }] : [];
  });
  return parts.length > 1 ? parts : [];
}

export function joinedId(parts: readonly Pick<JoinedPart, 'id'>[]): string {
  return parts.map(({ id }) => id).join('+');
}

/**
 * Adds LoRAs beside the linear layers and convolutions of a graph: y + up(down(x) * gate). The gate is an input (`loraInputNames`), so
 * that another strength, mask or range compiles nothing. Several that act everywhere share one pair of thin layers. Layers that see neither pixels nor tokens take no part in regional LoRAs.
 */
export function withSidePaths(graph: Graph, loras: readonly SidePathLora[]): Graph {
  if (loras.every(({ paths }) => paths.size === 0)) return graph;
  const builder = new GraphBuilder(graph);
  const gates = new LoraGates(builder, graph);
  const replaced = new Map<number, Value>();
  const current = (value: Value) => replaced.get(value.id) ?? value;
  for (const old of graph.nodes) {
    const node = { ...old, inputs: old.inputs.map(current) };
    builder.append(node);
    gates.follow(old);
    const module = moduleOf(node);
    if (module === undefined) continue;
    let out = node.outputs[0]!;
    const joined = joinedParts(loras, module);
    if (joined.length > 0) out = addJoined({ builder, gates }, node, { module, parts: joined }, out);
    for (const lora of loras) {
      const path = joined.some(({ id }) => id === lora.id) ? undefined : lora.paths.get(module);
      if (path) out = addPath({ builder, gates }, node, { lora, module, path }, out);
    }
    if (out !== node.outputs[0]) replaced.set(node.outputs[0]!.id, out);
  }
  return builder.build(Object.fromEntries([...graph.outputs].map(([name, value]) => [name, current(value)])));
}

/** The module of a linear layer or convolution with a weight of its own. */
function moduleOf({ op, inputs }: Node): string | undefined {
  if (op !== linearOperation.name && op !== conv2dOperation.name) return undefined;
  const weight = inputs[1];
  return weight?.kind === 'weight' && weight.name.endsWith('.weight') ? weight.name.slice(0, -'.weight'.length) : undefined;
}

interface Tools {
  readonly builder: GraphBuilder;
  readonly gates: LoraGates;
}

interface PlacedPath {
  readonly lora: SidePathLora;
  readonly module: string;
  readonly path: SidePath;
}

function addPath({ builder, gates }: Tools, node: Node, { lora, module, path }: PlacedPath, out: Value): Value {
  const scope = new Scope(builder, `lora.${lora.id}.${module}`);
  const gate = gates.gate(lora, node.outputs[0]!, path.kind === 'lowRank' ? path.scale : 1);
  if (!gate) return out;
  const x = node.inputs[0]!;
  const shape = node.inputs[1]!.shape;
  if (path.kind === 'whole') {
    const own = scope.at('delta');
    const bias = path.hasBias ? [own.weight('bias', [shape[0]!])] : [];
    const changed = layer(own, node, [x, own.weight('weight', shape), ...bias]);
    return add(scope, out, multiply(scope, changed, gate));
  }
  return addThinLayers(scope, node, { rank: path.rank, gate }, out);
}

interface JoinedPaths {
  readonly module: string;
  readonly parts: readonly JoinedPart[];
}

function addJoined({ builder, gates }: Tools, node: Node, { module, parts }: JoinedPaths, out: Value): Value {
  const scope = new Scope(builder, `lora.${joinedId(parts)}.${module}`);
  const rank = parts.reduce((sum, part) => sum + part.rank, 0);
  return addThinLayers(scope, node, { rank, gate: gates.joined(parts, node.outputs[0]!) }, out);
}

function addThinLayers(scope: Scope, node: Node, { rank, gate }: { readonly rank: number; readonly gate: Value }, out: Value): Value {
  const [x, weight] = node.inputs as [Value, Value];
  const { shape } = weight;
  const down = scope.at('down');
  const low = layer(down, node, [x, down.weight('weight', [rank, ...shape.slice(1)])]);
  const gated = multiply(scope, low, gate);
  const up = scope.at('up');
  return add(scope, out, upLayer(up, node, gated, up.weight('weight', [shape[0]!, rank, ...shape.slice(2).map(() => 1)])));
}

/** A layer of the same kind, stride and padding. */
function layer(scope: Scope, node: Node, inputs: readonly Value[]): Value {
  if (node.op === linearOperation.name) return scope.node(linearOperation, inputs, {});
  return scope.node(conv2dOperation, inputs, node.attributes as Conv2dAttributes);
}

function upLayer(scope: Scope, node: Node, x: Value, weight: Value): Value {
  if (node.op === linearOperation.name) return scope.node(linearOperation, [x, weight], {});
  return scope.node(conv2dOperation, [x, weight], { kernel: 1, stride: 1, padding: [0, 0, 0, 0] });
}
