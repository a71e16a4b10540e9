import type { Node } from '../graph/graph.ts';
import { elementCount } from '../tensor.ts';
import { finishElementwise, vectorWidth } from '../wgsl/elementwise.ts';
import { operandOf, type WgslEmitter } from '../wgsl/emitter.ts';
import { Shader } from '../wgsl/shader.ts';

export function embeddingWgsl(node: Node, emit: WgslEmitter): void {
  const [table, ids] = node.inputs;
  const out = node.outputs[0]!;
  const features = out.shape.at(-1)!;
  const width = vectorWidth(features);
  const shader = new Shader(emit, 'embedding');
  const rows = shader.read('rows', operandOf(table!), width);
  const id = shader.read('ids', operandOf(ids!));
  const y = shader.write('y', operandOf(out), width);
  const size = shader.param('features', features / width);
  const row = `u32(${id.read(`i / ${size}`)})`;
  finishElementwise(shader, elementCount(out.shape) / width, `  ${y.write('i', rows.read(`${row} * ${size} + i % ${size}`))}`);
}
