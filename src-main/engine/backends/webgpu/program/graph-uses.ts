import type { Graph, Node, Value } from '../../../../../kernels/graph/graph.ts';

/** Who reads each value of a graph. */
export class GraphUses {
  readonly #users = new Map<number, Node[]>();
  readonly #outputs: ReadonlySet<number>;

  constructor(graph: Graph) {
    this.#outputs = new Set([...graph.outputs.values()].map((value) => value.id));
    for (const node of graph.nodes) {
      for (const { id } of node.inputs) {
        const users = this.#users.get(id);
        if (users) users.push(node);
        else this.#users.set(id, [node]);
      }
    }
  }

  /** The nodes that read a value, one entry a read; undefined for what the caller of the graph reads too. */
  users(value: Value): readonly Node[] | undefined {
    return this.#outputs.has(value.id) ? undefined : (this.#users.get(value.id) ?? []);
  }

  onlyUser(value: Value): Node | undefined {
    const users = this.users(value);
    return users?.length === 1 ? users[0] : undefined;
  }
}
