import { add } from '../../binary/op.ts';
import type { Scope } from '../../graph/builder.ts';
import type { Value, ValueType } from '../../graph/graph.ts';
import { captureGroups, gridName, planColumns, stackInputNames, type ColumnPlan, type GridName } from './plan.ts';
import type { AttentionStack } from './stack.ts';
import type { AttentionSite } from './layers.ts';

/** What the sites of one graph share while it is built: inputs made on first use, and masses to be summed. */
export class StackSession {
  readonly stack: AttentionStack;
  readonly plan: ColumnPlan;
  /** Names of the read-out's columns. */
  readonly groups: readonly string[];
  readonly #inputs = new Map<string, Value>();
  readonly #masses = new Map<GridName, Value>();

  constructor(stack: AttentionStack) {
    this.stack = stack;
    this.plan = planColumns(stack.layers);
    this.groups = captureGroups(stack.layers);
  }

  /** The graph input of that name, made on first use. */
  input(scope: Scope, name: string, type: ValueType): Value {
    const known = this.#inputs.get(name);
    if (known) return known;
    const made = scope.graph.input(name, type);
    this.#inputs.set(name, made);
    return made;
  }

  /** Adds a site's mass [B, S, G] to that of its grid. */
  captured(scope: Scope, { grid }: AttentionSite, mass: Value): void {
    const name = gridName(grid);
    const sum = this.#masses.get(name);
    this.#masses.set(name, sum ? add(scope.at('capture'), sum, mass) : mass);
  }

  /** Outputs that the finished graph must give besides its own. */
  outputs(): Record<string, Value> {
    return Object.fromEntries([...this.#masses].map(([grid, mass]) => [stackInputNames.captured(grid), mass]));
  }
}
