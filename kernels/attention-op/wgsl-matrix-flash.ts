import type { Operand, WgslEmitter, WgslTarget } from '../wgsl/emitter.ts';
import type { AttentionNode, AttentionSizes } from './wgsl-operands.ts';

export function fitsMatrixFlash(_sizes: AttentionSizes, _target: WgslTarget): boolean {
  return false;
}

export function emitMatrixFlash(_node: AttentionNode, _mass: Operand | undefined, _emit: WgslEmitter): void {
  throw new Error('none');
}
