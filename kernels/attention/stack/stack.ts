import { ValueError } from '../errors.ts';
import { isOpName } from '../ops/dispatch.ts';
import type { OpName } from '../ops/op.ts';
import { opNames } from '../ops/op.ts';
import { kindOrder, ownsWeights, type AttentionLayer, type LayerKind } from './layers.ts';

/**
 * What runs at every attention of a model: one base op chosen for the device, and layers on top that never own the query, key
 * and value kernels. Immutable; layers are kept in their order of application, so that the order of calls cannot matter.
 */
export interface AttentionStack {
  readonly base: OpName | 'auto';
  readonly layers: readonly AttentionLayer[];
}

export function createStack(base: string = 'auto'): AttentionStack {
  return { base: checkedBase(base), layers: [] };
}

/** The same layers on another base op. Throws ValueError for a name that is no op. */
export function withBase(stack: AttentionStack, base: string): AttentionStack {
  return { ...stack, base: checkedBase(base) };
}

/** The stack with one layer more. Throws ValueError when a layer of that id is there, or a second one where a kind allows only one. */
export function addLayer(stack: AttentionStack, layer: AttentionLayer): AttentionStack {
  if (stack.layers.some(({ id }) => id === layer.id)) throw new ValueError(`a layer "${layer.id}" is on the stack already`);
  const single: readonly LayerKind[] = ['padding', 'relativePosition', 'causal', 'capture'];
  if (single.includes(layer.kind) && stack.layers.some(({ kind }) => kind === layer.kind)) {
    throw new ValueError(`expected at most one ${layer.kind} layer, got a second, "${layer.id}"`);
  }
  return { ...stack, layers: [...stack.layers, layer].toSorted(byApplication) };
}

export function addLayers(stack: AttentionStack, layers: readonly AttentionLayer[]): AttentionStack {
  return layers.reduce(addLayer, stack);
}

/**
 * The stack without a layer. `warn` is told when trained weights go with it, in the sentence known from diffusers (which only logs it).
 * Throws ValueError when there is no such layer.
 */
export function removeLayer(stack: AttentionStack, id: string, warn: (sentence: string) => void): AttentionStack {
  const layer = stack.layers.find((candidate) => candidate.id === id);
  if (!layer) throw new ValueError(`no layer "${id}" is on the stack`);
  if (ownsWeights(layer)) warn(`You are removing possibly trained weights of ${layer.kind} "${id}" with ${stack.base}`);
  return { ...stack, layers: stack.layers.filter((candidate) => candidate !== layer) };
}

/** What a ControlNet's attention takes of the UNet's stack: prompts and their places, but no reference pictures and no read-outs. */
export function controlNetStack(stack: AttentionStack): AttentionStack {
  return { ...stack, layers: stack.layers.filter(({ kind }) => kind === 'padding' || kind === 'regional') };
}

function byApplication(a: AttentionLayer, b: AttentionLayer): number {
  return kindOrder.indexOf(a.kind) - kindOrder.indexOf(b.kind) || (a.id < b.id ? -1 : 1);
}

function checkedBase(base: string): AttentionStack['base'] {
  if (base === 'auto' || isOpName(base)) return base;
  throw new ValueError(`expected a base of auto, ${opNames.join(', ')}; got ${base}`);
}
