import type { Graph, Node, Value } from '../../../../../kernels/graph/graph.ts';
import type { Fusion } from '../../../../../kernels/wgsl/emitter.ts';
import { findInputMerges, type InputMerge } from './fuse-inputs.ts';
import type { FusionOptions } from './fusion-options.ts';
import { GraphUses } from './graph-uses.ts';

/** A node and what is merged into it. */
export interface Step {
  readonly node: Node;
  readonly fusion: Fusion;
}

/** Merges nodes into the products and norms beside them. A merged step stands where the last of its nodes stood, so all it reads is there. */
export function fuseGraph(graph: Graph, options: FusionOptions): Step[] {
  const uses = new GraphUses(graph);
  const inputs = findInputMerges(graph, uses, options);
  const absorbed = new Set<Node>(inputs.absorbed);
  const places = new Map<Node, Step>();
  for (const node of graph.nodes) {
    if (absorbed.has(node)) continue;
    const chain = new Chain(node, uses, absorbed);
    const merge = inputs.merges.get(node);
    growChain(chain, options);
    for (const each of chain.nodes) absorbed.add(each);
    places.set(chain.nodes.at(-1) ?? node, { node, fusion: { ...inputFusion(merge), ...chain.fusion } });
  }
  return graph.nodes.flatMap((node) => places.get(node) ?? []);
}

function inputFusion(merge: InputMerge | undefined): Fusion {
  if (!merge) return {};
  const { values, upsample, norm } = merge;
  return { sources: values, ...(upsample && { upsample }), ...(norm && { norm }) };
}

type Draft = { -readonly [K in keyof Fusion]: Fusion[K] };

/** The nodes behind a producer that it takes over, one after the other. */
class Chain {
  readonly producer: Node;
  readonly nodes: Node[] = [];
  readonly fusion: Draft = {};
  readonly #uses: GraphUses;
  readonly #taken: ReadonlySet<Node>;

  constructor(producer: Node, uses: GraphUses, taken: ReadonlySet<Node>) {
    this.producer = producer;
    this.#uses = uses;
    this.#taken = taken;
  }

  get end(): Value {
    return this.fusion.output ?? this.producer.outputs[0]!;
  }

  /** The only node that reads the end, if there is just one and it is free. */
  next(value: Value = this.end): Node | undefined {
    const node = this.#uses.onlyUser(value);
    return node && !this.#taken.has(node) ? node : undefined;
  }

  take(...nodes: readonly Node[]): void {
    this.nodes.push(...nodes);
    this.fusion.output = nodes.at(-1)!.outputs[0]!;
  }
}

const aliasOperations: ReadonlySet<string> = new Set(['toTokens', 'fromTokens', 'reshape']);

function growChain(chain: Chain, options: FusionOptions): void {
  const { op } = chain.producer;
  if (op === 'attention' && options.epilogue) return takeAccumulation(chain);
  if (op !== 'conv2d' && op !== 'linear' && op !== 'groupNorm') return;
  if (op === 'conv2d' && options.epilogue) takeShift(chain);
  if (op === 'linear' && options.gated && takeGate(chain)) return;
  if (options.activation) takeActivation(chain);
  if (op !== 'groupNorm' && options.epilogue) takeResidual(chain);
}

/** One number per sample and channel, as the time embedding is added. */
function takeShift(chain: Chain): void {
  const node = chain.next();
  if (node?.op !== 'binary' || node.attributes['kind'] !== 'add') return;
  const end = chain.end;
  const other = node.inputs.find((value) => value !== end);
  const [n, c] = end.shape;
  if (!other || other.kind === 'weight' || other.layout !== 'image' || other.shape.join() !== `${n},${c},1,1`) return;
  if (end.shape[2] === 1 && end.shape[3] === 1) return;
  chain.fusion.channelShift = other;
  chain.take(node);
}

function takeGate(chain: Chain): boolean {
  const node = chain.next();
  if (node?.op !== 'geglu' || chain.end.shape.at(-1)! % 8 !== 0) return false;
  chain.fusion.gated = true;
  chain.take(node);
  return true;
}

function takeActivation(chain: Chain): void {
  const node = chain.next();
  if (node?.op !== 'activation') return;
  chain.fusion.activation = node.attributes['kind'] as string;
  chain.take(node);
}

/** Pieces of memory that a launch may bind on every device. */
const mostBindings = 8;

/**
 * A result that is weighted and added to another: a reference picture's attention over the prompt's, an isolated region's over the others'.
 * The kernel reads what is there and writes the sum, so that what is accumulated is never stored by itself.
 */
function takeAccumulation(chain: Chain): void {
  const { inputs, outputs } = chain.producer;
  // A read-out takes memory for the mass, which is as many pieces as the node has outputs.
  let free = mostBindings - inputs.length - outputs.length;
  const node = chain.next();
  const gate = node?.op === 'binary' && node.attributes['kind'] === 'multiply' && node.inputs.find((value) => value !== chain.end);
  if (node && gate && isGateOf(gate, chain.end) && node.outputs[0]!.shape.join() === chain.end.shape.join() && free > 0) {
    chain.fusion.gate = gate;
    chain.take(node);
    free--;
  }
  if (free > 0) takeResidual(chain);
}

function isGateOf({ kind, shape }: Value, { shape: [samples, rows] }: Value): boolean {
  const [n, s, one] = shape;
  return kind !== 'weight' && shape.length === 3 && one === 1 && (n === 1 || n === samples) && (s === 1 || s === rows);
}

/** A sum with a value of the same size, maybe behind nodes that only give the memory another shape. */
function takeResidual(chain: Chain): void {
  const aliases: Node[] = [];
  let end = chain.end;
  let node = chain.next(end);
  while (node && aliasOperations.has(node.op)) {
    aliases.push(node);
    end = node.outputs[0]!;
    node = chain.next(end);
  }
  if (node?.op !== 'binary' || node.attributes['kind'] !== 'add') return;
  const other = node.inputs.find((value) => value !== end);
  const same = (value: Value) => value.shape.join() === end.shape.join() && value.layout === end.layout;
  if (!other || other.kind === 'weight' || !same(other) || !same(node.outputs[0]!)) return;
  chain.fusion.residual = other;
  chain.take(...aliases, node);
}
