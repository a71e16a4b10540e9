import type { Node } from '../graph/graph.ts';
import { elementCount } from '../tensor.ts';
import { finishElementwise } from '../wgsl/elementwise.ts';
import { operandOf, type WgslEmitter } from '../wgsl/emitter.ts';
import { Shader } from '../wgsl/shader.ts';
import { timestepFrequencies, type TimestepEmbeddingAttributes } from './op.ts';

/**
 * Drivers' sin and cos lose digits beyond a few turns, and angles reach 1000 here: whole turns are taken off first, with 2 pi split
 * into a part of few bits, whose multiples are exact, and the rest.
 */
const reduction = `  let turns = round(angle * 0.15915494309189535);
  let small = fma(-turns, 0.0019353071795864769, fma(-turns, 6.28125, angle));`;

export function timestepEmbeddingWgsl(node: Node & { readonly attributes: TimestepEmbeddingAttributes }, emit: WgslEmitter): void {
  const { attributes } = node;
  const out = node.outputs[0]!;
  const shader = new Shader(emit, 'timestepEmbedding');
  const t = shader.read('t', operandOf(node.inputs[0]!));
  const frequencies = shader.read('frequencies', { kind: 'table', data: timestepFrequencies(attributes) });
  const y = shader.write('y', operandOf(out));
  const half = shader.param('half', attributes.width / 2);
  const [first, second] = attributes.flipSinToCos ? ['cos', 'sin'] : ['sin', 'cos'];
  const body = [
    `  let column = i % (2u * ${half});`,
    `  let angle = ${t.read(`i / (2u * ${half})`)} * ${frequencies.read(`column % ${half}`)};`,
    reduction,
    `  ${y.write('i', `select(${second}(small), ${first}(small), column < ${half})`)}`,
  ];
  finishElementwise(shader, elementCount(out.shape), body.join('\n'));
}
