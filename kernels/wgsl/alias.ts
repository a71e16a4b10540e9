import type { Node } from '../graph/graph.ts';
import type { WgslEmitter } from './emitter.ts';

/** For operations that only give the same memory another shape: channel-last images are token rows already. */
export function aliasWgsl(node: Node, emit: WgslEmitter): void {
  emit.alias(node.outputs[0]!, node.inputs[0]!);
}
