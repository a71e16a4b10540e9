import type { Value } from '../graph/graph.ts';

/** How one number is stored in GPU memory. Sums and statistics are f32 whatever the storage. */
export type ElementType = 'f32' | 'f16' | 'i32';

/** One step of the matrix units: an m x k block times a k x n block, components of one type, sums in f32. */
export interface MatrixShape {
  readonly component: 'f32' | 'f16';
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly subgroupSize: number;
}

/** What of a device changes the code written for it. */
export interface WgslTarget {
  /** Storage of weights and of large temporaries. */
  readonly storage: 'f32' | 'f16';
  readonly workgroupBytes: number;
  readonly maxInvocations: number;
  /** Present where the matrix units are to be used. */
  readonly matrix?: MatrixShape;
  /** Bytes one attention may spend on scores where it keeps them in memory. */
  readonly scoreBytes: number;
  /** Measured choice among the variants of a kernel for a shape class; undefined leaves it to the kernel's own rule. */
  readonly prefer?: (kernel: string, shapeClass: string) => string | undefined;
}

/**
 * The memory order of a weight. `columns` is [K, O] for a weight stored [O, I] or [O, I, k, k] (K runs over kernel rows, kernel columns,
 * inputs), with O padded by zeros to a multiple of 4. `gatedColumns` is the same with the two halves of the outputs interleaved by
 * fours: h0..h3, g0..g3, h4..h7, … A vector [O] counts as [O, 1]. `stored` keeps the order of the checkpoint.
 */
export type WeightForm = 'stored' | 'columns' | 'gatedColumns';

/** A piece of GPU memory a kernel binds. */
export type Operand =
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'weight'; readonly value: Value; readonly form: WeightForm }
  /** Memory that lives for one node. */
  | { readonly kind: 'scratch'; readonly id: number; readonly elements: number; readonly type: ElementType }
  /** Numbers known when the code is written. */
  | { readonly kind: 'table'; readonly data: Float32Array };

export type Grid = readonly [number, number, number];

/** One kernel launch. Binding 0 is the uniform block of `params`; binding i + 1 is `bindings[i]`. */
export interface Dispatch {
  /** Name and variant, such as `gemm 64x64x16`. */
  readonly kernel: string;
  readonly code: string;
  readonly bindings: readonly Operand[];
  /** Bits of the uniform block. */
  readonly params: Uint32Array;
  readonly grid: Grid;
  /** Indices of `bindings` this launch writes. */
  readonly writes: readonly number[];
}

/** What an operation's `wgsl` part writes to: it appends the launches that compute a node's outputs. */
export interface WgslEmitter {
  readonly target: WgslTarget;
  /** What a graph pass merged into the current node. */
  readonly fusion: Fusion;
  typeOf: (operand: Operand) => ElementType;
  /** Equal for operands that are the same memory. */
  identity: (operand: Operand) => string;
  scratch: (elements: number, type?: ElementType) => Operand;
  dispatch: (dispatch: Dispatch) => void;
  /** Gives `output` the memory of `input`: no launch. */
  alias: (output: Value, input: Value) => void;
}

/** Work of neighbouring nodes that the current node's kernels take over. Empty where nothing was merged. */
export interface Fusion {
  /** The value the merged nodes finally produce; the node's own output otherwise. */
  readonly output?: Value;
  /** Images joined on channels instead of the first input. */
  readonly sources?: readonly Value[];
  /** The first input is read at twice its size, nearest. */
  readonly upsample?: boolean;
  /** Group normalisation, then SiLU where stated, of the first input while it is read. */
  readonly norm?: {
    readonly groups: number;
    readonly epsilon: number;
    readonly weight: Value;
    readonly bias: Value;
    readonly silu: boolean;
  };
  /** One number per sample and output channel, added after the bias: [N, O] in memory. */
  readonly channelShift?: Value;
  /** Applied after the shift. */
  readonly activation?: string;
  /** The output is the gated GELU of the features. */
  readonly gated?: boolean;
  /** Factor of an attention's result, [1|B, 1|S, 1]: before the residual. */
  readonly gate?: Value;
  /** Added at the very end, of the output's shape. */
  readonly residual?: Value;
}

/** The operand of a value: weights in the given memory order. */
export function operandOf(value: Value, form: WeightForm = 'stored'): Operand {
  return value.kind === 'weight' ? { kind: 'weight', value, form } : { kind: 'value', value };
}

/** Sizes in memory order: images are channel-last. */
export function memoryShape(value: Pick<Value, 'shape' | 'layout'>): readonly number[] {
  if (value.layout !== 'image') return value.shape;
  const [n, c, h, w] = value.shape as [number, number, number, number];
  return [n, h, w, c];
}

/** Position of a logical axis in the memory order. */
export function memoryAxis(value: Pick<Value, 'layout'>, axis: number): number {
  return value.layout === 'image' ? [0, 3, 1, 2][axis]! : axis;
}
