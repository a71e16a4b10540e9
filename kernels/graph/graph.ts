/**
 * The static graph every model is built as and every back end executes: values with fixed shapes, nodes in execution order.
 * Names are the module paths of diffusers (`down_blocks.0.attentions.0.transformer_blocks.0.attn2`).
 */

/** Whether a value is a picture-like map, a sequence, or neither. Back ends may store each in a memory order of their own. */
export type Layout = 'image' | 'tokens' | 'plain';

export interface ValueType {
  /** Logical shape: image [N, C, H, W], tokens [B, S, C], whatever the back end's memory order. */
  readonly shape: readonly number[];
  readonly layout: Layout;
  readonly dtype: 'f32' | 'i32';
}

export type ValueKind = 'input' | 'weight' | 'constant' | 'temporary';

export interface Value extends ValueType {
  readonly id: number;
  /** Input name, weight name as in the checkpoint, or the name of the producing node. */
  readonly name: string;
  readonly kind: ValueKind;
  /** Contents of a constant. */
  readonly data?: Float32Array | Int32Array;
}

export type Attributes = Readonly<Record<string, number | string | boolean | readonly number[] | undefined>>;

export interface Node {
  readonly op: string;
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly attributes: Attributes;
}

/** A node of an operation with attributes of this kind. */
export type NodeOf<A extends Attributes> = Node & { readonly attributes: A };

export interface Graph {
  readonly inputs: readonly Value[];
  /** Outputs by the name the caller reads them under. */
  readonly outputs: ReadonlyMap<string, Value>;
  readonly weights: readonly Value[];
  /** In an order in which every value is produced before it is used. */
  readonly nodes: readonly Node[];
}

/** A graph that cannot be built: the node, what was expected and what was found. */
export class GraphError extends Error {
  override readonly name = 'GraphError';
}

export function image(n: number, c: number, h: number, w: number): ValueType {
  return { shape: [n, c, h, w], layout: 'image', dtype: 'f32' };
}

/** [N, C, H, W] of an image. Throws GraphError for anything else. */
export function imageSizes(x: ValueType | undefined): readonly [n: number, c: number, h: number, w: number] {
  if (x?.layout !== 'image') throw new GraphError(`expected an image, got ${x?.layout ?? 'nothing'}`);
  return x.shape as [number, number, number, number];
}

export function tokens(b: number, s: number, c: number): ValueType {
  return { shape: [b, s, c], layout: 'tokens', dtype: 'f32' };
}

export function plain(...shape: number[]): ValueType {
  return { shape, layout: 'plain', dtype: 'f32' };
}

export function indices(...shape: number[]): ValueType {
  return { shape, layout: 'plain', dtype: 'i32' };
}
