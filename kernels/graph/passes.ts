import type { Graph, Node, Value } from './graph.ts';

export interface HoistedGraph {
  /** Computes, once a job, what does not change from step to step. Absent when there is no such thing. */
  readonly prologue: Graph | undefined;
  /** The rest, with the prologue's outputs as further inputs of the same names. */
  readonly step: Graph;
}

/**
 * Splits off what depends on step-invariant inputs alone: keys and values of the text, of reference pictures, time ids.
 * @param isInvariant whether the input of that name stays the same for the whole job
 */
export function hoistInvariant(graph: Graph, isInvariant: (name: string) => boolean): HoistedGraph {
  const fixed = new Set(graph.inputs.filter((value) => isInvariant(value.name)).map((value) => value.id));
  const isFixed = (value: Value) => fixed.has(value.id) || value.kind === 'weight' || value.kind === 'constant';
  const early: Node[] = [];
  const late: Node[] = [];
  for (const node of graph.nodes) {
    const hoists = node.inputs.every(isFixed) && node.inputs.some((value) => fixed.has(value.id));
    (hoists ? early : late).push(node);
    if (hoists) for (const value of node.outputs) fixed.add(value.id);
  }
  const produced = new Set(early.flatMap((node) => node.outputs.map((value) => value.id)));
  const wanted = [...late.flatMap((node) => node.inputs), ...graph.outputs.values()];
  const carried = new Map(wanted.filter((value) => produced.has(value.id)).map((value) => [value.id, value]));
  if (carried.size === 0) return { prologue: undefined, step: graph };

  const inputs = new Map(
    [...carried.values()].map((value) => [value.id, { ...value, kind: 'input' as const, name: `hoisted.${value.id}` }]),
  );
  const replace = (value: Value) => inputs.get(value.id) ?? value;
  const steps = late.map((node) => ({ ...node, inputs: node.inputs.map(replace) }));
  const prologueOutputs = new Map([...carried.values()].map((value) => [`hoisted.${value.id}`, value]));
  const stepOutputs = new Map([...graph.outputs].map(([name, value]) => [name, replace(value)]));
  return {
    prologue: subgraph(graph, early, prologueOutputs, []),
    step: subgraph(graph, steps, stepOutputs, [...inputs.values()]),
  };
}

/** The part of a graph made of some of its nodes: keeps only the inputs and weights these use. */
function subgraph(graph: Graph, nodes: readonly Node[], outputs: ReadonlyMap<string, Value>, extraInputs: readonly Value[]): Graph {
  const used = new Set([...nodes.flatMap((node) => node.inputs), ...outputs.values()].map((value) => value.id));
  return {
    inputs: [...graph.inputs, ...extraInputs].filter((value) => used.has(value.id)),
    outputs,
    weights: graph.weights.filter((value) => used.has(value.id)),
    nodes,
  };
}

/** The index of the last node that reads each value; outputs live to the end. */
export function lastUses(graph: Graph): Map<number, number> {
  const last = new Map<number, number>();
  graph.nodes.forEach((node, index) => {
    for (const value of node.inputs) last.set(value.id, index);
  });
  for (const value of graph.outputs.values()) last.set(value.id, graph.nodes.length);
  return last;
}
