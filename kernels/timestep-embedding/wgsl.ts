import type { NodeOf } from '../graph/graph.ts';
import { elementCount } from '../tensor.ts';
import { finishElementwise } from '../wgsl/elementwise.ts';
import { operandOf, type WgslEmitter } from '../wgsl/emitter.ts';
import { Shader } from '../wgsl/shader.ts';
import type { TimestepEmbeddingAttributes } from './attributes.ts';
import { timestepFrequencies } from './frequencies.ts';

/**
 * Drivers' sin and cos may be off by 5e-4 (WGSL accuracy table) and angles reach 1000 here: quarter turns are taken off first, with pi/2 in
 * three parts of which multiples of the first two are exact, and the rest goes through polynomials (Cephes sinf, cosf: under 1e-7).
 */
const waves = `fn waves(angle: f32) -> vec2f {
  let turns = round(angle * 0.63661977236758134);
  let r = fma(-turns, 7.5497899548918861e-8, fma(-turns, 4.837512969970703125e-4, fma(-turns, 1.5703125, angle)));
  let z = r * r;
  let s = fma(r * z, fma(fma(-1.9515295891e-4, z, 8.3321608736e-3), z, -1.6666654611e-1), r);
  let c = fma(z * z, fma(fma(2.443315711809948e-5, z, -1.388731625493765e-3), z, 4.166664568298827e-2), fma(-0.5, z, 1.0));
  let quarter = u32(i32(turns)) & 3u;
  let odd = (quarter & 1u) == 1u;
  let sine = select(s, c, odd);
  let cosine = select(c, s, odd);
  return vec2f(select(sine, -sine, quarter >= 2u), select(cosine, -cosine, quarter == 1u || quarter == 2u));
}`;

export function timestepEmbeddingWgsl(node: NodeOf<TimestepEmbeddingAttributes>, emit: WgslEmitter): void {
  const { attributes } = node;
  const out = node.outputs[0]!;
  const shader = new Shader(emit, 'timestepEmbedding');
  const t = shader.read('t', operandOf(node.inputs[0]!));
  const frequencies = shader.read('frequencies', { kind: 'table', data: timestepFrequencies(attributes) });
  const y = shader.write('y', operandOf(out));
  const half = shader.param('half', attributes.width / 2);
  const [first, second] = attributes.flipSinToCos ? ['y', 'x'] : ['x', 'y'];
  const body = [
    `  let column = i % (2u * ${half});`,
    `  let wave = waves(${t.read(`i / (2u * ${half})`)} * ${frequencies.read(`column % ${half}`)});`,
    `  ${y.write('i', `select(wave.${second}, wave.${first}, column < ${half})`)}`,
  ];
  finishElementwise(shader, elementCount(out.shape), body.join('\n'), waves);
}
