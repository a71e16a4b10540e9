import type { Value } from '../../../../../kernels/graph/graph.ts';
import type { Dispatch, ElementType, WeightForm } from '../../../../../kernels/wgsl/emitter.ts';
import type { ArenaPlan } from './arena.ts';

/** Where a piece of memory lies. Arena and state are written by kernels; weights and tables are only read. */
export type Space = 'arena' | 'state' | 'weights' | 'tables';

export interface Slot {
  readonly space: Space;
  readonly type: ElementType;
  readonly bytes: number;
}

export interface Launch {
  /** Name of the node it belongs to. */
  readonly node: string;
  readonly op: string;
  readonly dispatch: Dispatch;
  /** Keys of the memory of each binding. */
  readonly keys: readonly string[];
}

export interface WeightUse {
  readonly key: string;
  readonly value: Value;
  readonly form: WeightForm;
  readonly type: ElementType;
  readonly bytes: number;
}

/** A graph as launches over named memory: everything but the device. */
export interface Program {
  readonly launches: readonly Launch[];
  readonly slots: ReadonlyMap<string, Slot>;
  readonly arena: ArenaPlan;
  /** Bytes behind every written piece of memory that nothing may touch; 0 but in tests of the kernels. */
  readonly redZone: number;
  readonly weights: readonly WeightUse[];
  readonly tables: ReadonlyMap<string, Float32Array>;
  readonly inputs: readonly { readonly value: Value; readonly key: string }[];
  readonly constants: readonly { readonly value: Value; readonly key: string }[];
  /** Graph outputs, and with `keepAll` every value by the name of its node. */
  readonly outputs: ReadonlyMap<string, { readonly value: Value; readonly key: string }>;
}
