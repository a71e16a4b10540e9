import { wideHead } from '../attention/ops/table.ts';
import type { WgslEmitter } from '../wgsl/emitter.ts';
import type { AttentionNode } from './attributes.ts';
import { emitChunked, emitMassMean } from './wgsl-chunked.ts';
import { emitFlash } from './wgsl-flash.ts';
import { emitMatrixFlash, fitsMatrixFlash } from './wgsl-matrix-flash.ts';
import { attentionSizes, massScratch } from './wgsl-operands.ts';

const chunkedBases: ReadonlySet<string> = new Set(['chunked', 'sliced', 'math']);
const portableBases: ReadonlySet<string> = new Set(['flash', 'memory-efficient', 'blocked']);

/** The base operation an attention node is computed with: the one asked for, or the first that suits the device. */
export function attentionWgsl(node: AttentionNode, emit: WgslEmitter): void {
  const sizes = attentionSizes(node);
  const { base, chunk } = node.attributes;
  const mass = massScratch(node, emit);
  if (chunkedBases.has(base) || (!portableBases.has(base) && sizes.headSize > wideHead)) {
    emitChunked(node, base === 'math' ? sizes.queries : chunk, mass, emit);
  } else if (!portableBases.has(base) && fitsMatrixFlash(sizes, emit.target)) {
    emitMatrixFlash(node, mass, emit);
  } else {
    emitFlash(node, mass, emit);
  }
  if (mass) emitMassMean(node, mass, emit);
}
