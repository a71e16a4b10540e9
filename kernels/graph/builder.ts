import type { Operation } from '../operation.ts';
import { elementCount } from '../tensor.ts';
import { GraphError, type Attributes, type Graph, type Node, type Value, type ValueType } from './graph.ts';

/** Collects values and nodes in execution order. One builder makes one graph. */
export class GraphBuilder {
  readonly #inputs: Value[] = [];
  readonly #weights = new Map<string, Value>();
  readonly #nodes: Node[] = [];
  #nextId = 0;

  /** @param from a finished graph whose values may be used; its nodes are taken over one by one with `append` */
  constructor(from?: Graph) {
    if (!from) return;
    this.#inputs.push(...from.inputs);
    for (const value of from.weights) this.#weights.set(value.name, value);
    const values = [...from.inputs, ...from.weights, ...from.nodes.flatMap((node) => [...node.inputs, ...node.outputs])];
    this.#nextId = values.reduce((most, { id }) => Math.max(most, id + 1), 0);
  }

  /** Takes over a node of the graph that this builder goes on from. */
  append(node: Node): void {
    this.#nodes.push(node);
  }

  /** A value the caller supplies on every run. */
  input(name: string, type: ValueType): Value {
    const value = this.#value(name, 'input', type);
    this.#inputs.push(value);
    return value;
  }

  /** A value fixed when the graph is built. */
  constant(name: string, type: ValueType, data: Float32Array | Int32Array): Value {
    if (data.length !== elementCount(type.shape)) {
      throw new GraphError(`constant ${name}: expected ${elementCount(type.shape)} values, got ${data.length}`);
    }
    return { ...this.#value(name, 'constant', type), data };
  }

  /** The checkpoint's tensor of that name; the same name always gives the same value. */
  weight(name: string, shape: readonly number[]): Value {
    const known = this.#weights.get(name);
    if (known) {
      if (known.shape.join() !== shape.join()) {
        throw new GraphError(`weight ${name}: used as [${known.shape.join(', ')}] and as [${shape.join(', ')}]`);
      }
      return known;
    }
    const value = this.#value(name, 'weight', { shape, layout: 'plain', dtype: 'f32' });
    this.#weights.set(name, value);
    return value;
  }

  /** Appends a node and returns its outputs. */
  add<A extends Attributes>(operation: Operation<A>, name: string, inputs: readonly Value[], attributes: A): Value[] {
    const types = this.#infer(operation, name, inputs, attributes);
    const outputs = types.map((type) => this.#value(name, 'temporary', type));
    this.#nodes.push({ op: operation.name, name, inputs, outputs, attributes });
    return outputs;
  }

  /** The finished graph. Nodes that no output needs are left out. */
  build(outputs: Readonly<Record<string, Value>>): Graph {
    const needed = new Set<number>(Object.values(outputs).map((value) => value.id));
    const nodes: Node[] = [];
    for (const node of this.#nodes.toReversed()) {
      if (!node.outputs.some((value) => needed.has(value.id))) continue;
      nodes.unshift(node);
      for (const value of node.inputs) needed.add(value.id);
    }
    return {
      inputs: this.#inputs.filter((value) => needed.has(value.id)),
      outputs: new Map(Object.entries(outputs)),
      weights: [...this.#weights.values()].filter((value) => needed.has(value.id)),
      nodes,
    };
  }

  #infer<A extends Attributes>(operation: Operation<A>, name: string, inputs: readonly Value[], attributes: A) {
    try {
      return operation.infer(inputs, attributes);
    } catch (error) {
      if (!(error instanceof GraphError)) throw error;
      throw new GraphError(`${name} (${operation.name}): ${error.message}`, { cause: error });
    }
  }

  #value(name: string, kind: Value['kind'], type: ValueType): Value {
    const { shape, layout, dtype } = type;
    return { id: this.#nextId++, name, kind, shape, layout, dtype };
  }
}

/** A place in the module tree: gives weights and nodes their names, so that model code reads like the tree of the paper. */
export class Scope {
  readonly graph: GraphBuilder;
  readonly path: string;

  constructor(graph: GraphBuilder, path = '') {
    this.graph = graph;
    this.path = path;
  }

  /** The scope of a child module; numbers index module lists. */
  at(...names: (string | number)[]): Scope {
    return new Scope(this.graph, [this.path, ...names].filter((name) => name !== '').join('.'));
  }

  weight(name: string, shape: readonly number[]): Value {
    return this.graph.weight(this.path === '' ? name : `${this.path}.${name}`, shape);
  }

  /** Appends a single-output node named after this scope. */
  node<A extends Attributes>(operation: Operation<A>, inputs: readonly Value[], attributes: A, suffix = ''): Value {
    const name = [this.path, suffix].filter((part) => part !== '').join('.') || operation.name;
    return this.graph.add(operation, name, inputs, attributes)[0]!;
  }
}
