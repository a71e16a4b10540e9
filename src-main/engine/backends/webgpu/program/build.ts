import type { Graph, Node, Value } from '../../../../../kernels/graph/graph.ts';
import { findOperation } from '../../../../../kernels/operations.ts';
import { elementCount } from '../../../../../kernels/tensor.ts';
import { finishElementwise } from '../../../../../kernels/wgsl/elementwise.ts';
import {
  operandOf,
  type Dispatch,
  type ElementType,
  type Fusion,
  type Operand,
  type WgslEmitter,
  type WgslTarget,
} from '../../../../../kernels/wgsl/emitter.ts';
import { Shader } from '../../../../../kernels/wgsl/shader.ts';
import { planArena, type Lifetime } from './arena.ts';
import { fuseGraph } from './fuse.ts';
import { noFusion, type FusionOptions } from './fusion-options.ts';
import { elementBytes, operandKey, valueType, weightElements } from './memory.ts';
import type { Launch, Program, Slot, WeightUse } from './program.ts';

export interface BuildOptions {
  /** Which merges to make; all unless stated. */
  readonly fusion?: Partial<FusionOptions>;
  /** Merges nothing and keeps every value to the end, so that nodes can be compared one by one. */
  readonly keepAll?: boolean;
  /** Bytes behind every written piece of memory, to see whether a kernel writes past an end. */
  readonly redZone?: number;
}

/** Writes a graph as launches for a target and plans its memory. Touches no device. */
export function buildProgram(graph: Graph, target: WgslTarget, { fusion, keepAll = false, redZone = 0 }: BuildOptions = {}): Program {
  const builder = new ProgramBuilder(target, redZone);
  const steps = keepAll ? graph.nodes.map((node) => ({ node, fusion: {} })) : fuseGraph(graph, { ...defaultFusion, ...fusion });
  for (const value of graph.inputs) builder.place(value, 'state');
  for (const step of steps) builder.step(step.node, step.fusion);
  const values = [...graph.outputs].map(([name, value]) => [name, value] as const);
  if (keepAll) for (const node of graph.nodes) node.outputs.forEach((value, i) => values.push([nodeOutputName(node, i), value]));
  return builder.finish(graph, new Map(values));
}

/** Every merge that pays without being measured. */
export const defaultFusion: FusionOptions = { ...noFusion, activation: true, epilogue: true, gated: true, concat: true, upsample: true };

/** The name a node's value is read under in a program that keeps all. */
export function nodeOutputName(node: Node, index: number): string {
  return `${node.name}/${node.op}#${node.outputs[index]!.id}`;
}

class ProgramBuilder implements WgslEmitter {
  readonly target: WgslTarget;
  fusion: Fusion = {};
  readonly #launches: Launch[] = [];
  readonly #slots = new Map<string, Slot>();
  readonly #aliases = new Map<string, string>();
  readonly #weights = new Map<string, WeightUse>();
  readonly #tables = new Map<string, Float32Array>();
  readonly #constants = new Map<string, Value>();
  readonly #redZone: number;
  #scratches = 0;
  #node: Pick<Node, 'name' | 'op'> = { name: '', op: '' };

  constructor(target: WgslTarget, redZone: number) {
    this.target = target;
    this.#redZone = redZone;
  }

  step(node: Node, fusion: Fusion): void {
    this.#node = node;
    this.fusion = fusion;
    findOperation(node.op).wgsl(node, this);
  }

  place(value: Value, space: 'arena' | 'state'): string {
    const key = `value.${value.id}`;
    const type = valueType(value, this.target);
    const known = this.#slots.has(key);
    if (!known) this.#slots.set(key, { space, type, bytes: elementCount(value.shape) * elementBytes[type] });
    return key;
  }

  typeOf = (operand: Operand): ElementType => this.#slots.get(this.identity(operand))!.type;

  identity = (operand: Operand): string => this.#root(this.#declare(operand));

  scratch = (elements: number, type: ElementType = 'f32'): Operand => ({ kind: 'scratch', id: this.#scratches++, elements, type });

  dispatch = (dispatch: Dispatch): void => {
    this.#launches.push({ node: this.#node.name, op: this.#node.op, dispatch, keys: dispatch.bindings.map(this.identity) });
  };

  alias = (output: Value, input: Value): void => {
    if (input.kind !== 'weight') {
      this.#aliases.set(`value.${output.id}`, this.identity(operandOf(input)));
      return;
    }
    // Weights are bound read-only and values are not, so a weight that becomes a value is copied.
    const shader = new Shader(this, 'copy');
    const x = shader.read('x', operandOf(input));
    const y = shader.write('y', operandOf(output));
    finishElementwise(shader, elementCount(output.shape), `  ${y.write('i', x.read('i'))}`);
  };

  finish(graph: Graph, outputs: ReadonlyMap<string, Value>): Program {
    const located = new Map([...outputs].map(([name, value]) => [name, { value, key: this.identity(operandOf(value)) }]));
    const inputs = graph.inputs.map((value) => ({ value, key: `value.${value.id}` }));
    const constants = [...this.#constants].map(([key, value]) => ({ value, key }));
    const arena = planArena(this.#lifetimes(new Set([...located.values()].map(({ key }) => key))));
    return {
      launches: this.#launches,
      slots: this.#slots,
      arena,
      redZone: this.#redZone,
      weights: [...this.#weights.values()],
      tables: this.#tables,
      inputs,
      constants,
      outputs: located,
    };
  }

  /** Registers the operand's memory and gives its key. */
  #declare(operand: Operand): string {
    const key = operandKey(operand);
    if (this.#slots.has(key) || this.#aliases.has(key)) return key;
    if (operand.kind === 'value') {
      const { value } = operand;
      if (value.kind === 'constant') this.#constants.set(key, value);
      return this.place(value, value.kind === 'temporary' ? 'arena' : 'state');
    }
    if (operand.kind === 'scratch') {
      this.#slots.set(key, { space: 'arena', type: operand.type, bytes: operand.elements * elementBytes[operand.type] });
    } else if (operand.kind === 'table') {
      this.#tables.set(key, operand.data);
      this.#slots.set(key, { space: 'tables', type: 'f32', bytes: operand.data.byteLength });
    } else {
      const type = valueType(operand.value, this.target);
      const bytes = weightElements(operand.value.shape, operand.form) * elementBytes[type];
      this.#weights.set(key, { key, value: operand.value, form: operand.form, type, bytes });
      this.#slots.set(key, { space: 'weights', type, bytes });
    }
    return key;
  }

  #root(key: string): string {
    return this.#aliases.get(key) ?? key;
  }

  #lifetimes(kept: ReadonlySet<string>): Lifetime[] {
    const spans = new Map<string, { first: number; last: number }>();
    this.#launches.forEach(({ keys }, index) => {
      for (const key of keys) {
        if (this.#slots.get(key)!.space !== 'arena') continue;
        const span = spans.get(key);
        if (span) span.last = index;
        else spans.set(key, { first: index, last: index });
      }
    });
    return [...spans].map(([key, { first, last }]) => ({
      key,
      bytes: this.#slots.get(key)!.bytes + this.#redZone,
      first,
      // A red zone must be its own for good.
      last: kept.has(key) || this.#redZone > 0 ? this.#launches.length : last,
    }));
  }
}
