import type { ActivationKind } from '../activation/attributes.ts';
import type { NodeOf, Value } from '../graph/graph.ts';
import { activationFunction } from '../wgsl/activations.ts';
import { finishElementwise } from '../wgsl/elementwise.ts';
import { operandOf, type Operand, type WgslEmitter } from '../wgsl/emitter.ts';
import { declareFetch, imageSource, type ImageSource } from '../wgsl/image-source.ts';
import { declareReduce } from '../wgsl/reduce.ts';
import { Shader } from '../wgsl/shader.ts';
import type { GroupNormAttributes } from './attributes.ts';

const threads = 128;
/** Elements one workgroup reduces: enough to hide the launch, few enough that a group of a large image has many. */
const elementsPerSlice = 8192;

/** Statistics, then y = x * scale + shift, with the activation that followed where it was merged. */
export function groupNormWgsl(node: NodeOf<GroupNormAttributes>, emit: WgslEmitter): void {
  const [x, weight, bias] = node.inputs as [Value, Value, Value];
  const source = imageSource(x, emit);
  const table = emitGroupNormTable(source, { ...node.attributes, weight, bias }, emit);
  const { vector, channels, samples, height, width } = source;
  const shader = new Shader(emit, 'groupNorm apply');
  const fetch = declareFetch(shader, source, { operand: table, silu: false });
  const y = shader.write('y', operandOf(emit.fusion.output ?? node.outputs[0]!), vector);
  const columns = shader.param('channels', channels / vector);
  const pixels = shader.param('pixels', height * width);
  const kind = emit.fusion.activation as ActivationKind | undefined;
  const body = [
    `  let pixel = i / ${columns};`,
    `  let v = fetch(pixel / ${pixels}, pixel, i % ${columns} * ${vector}u);`,
    `  ${y.write('i', vector === 4 ? 'activate(v)' : 'activate(vec4f(v)).x')}`,
  ];
  finishElementwise(shader, (samples * height * width * channels) / vector, body.join('\n'), `${fetch}\n${activationFunction(kind)}`);
}

export interface GroupNormTable extends Pick<GroupNormAttributes, 'groups' | 'epsilon'> {
  readonly weight: Value;
  readonly bias: Value;
}

/**
 * Appends the two launches that give scale and shift of each sample and channel, [2, N, C] in f32. Each slice of a group takes its mean
 * first and then the squares about it; slices are merged with the formula of Chan et al. 1979, so a large mean costs no digits.
 */
export function emitGroupNormTable(source: ImageSource, { groups, epsilon, weight, bias }: GroupNormTable, emit: WgslEmitter): Operand {
  const { samples, channels } = source;
  const groupSize = (channels / groups) * source.height * source.width;
  const slices = Math.min(64, Math.ceil(groupSize / elementsPerSlice));
  const sliceSize = Math.ceil(groupSize / slices / 4) * 4;
  const partials = emit.scratch(samples * groups * slices * 2, 'f32');
  emitPartials(source, { groups, slices, sliceSize }, partials, emit);

  const table = emit.scratch(samples * channels * 2, 'f32');
  const shader = new Shader(emit, 'groupNorm merge');
  const parts = shader.read('partials', partials, 2);
  const gamma = shader.read('gamma', operandOf(weight));
  const beta = shader.read('beta', operandOf(bias));
  const out = shader.write('table', table);
  const perGroup = shader.param('perGroup', channels / groups);
  const sliceCount = shader.param('slices', slices);
  const size = shader.param('groupSize', groupSize);
  const sliceLength = shader.param('sliceSize', sliceSize);
  const count = shader.param('channels', channels);
  const body = `  var mean = 0.0;
  var squares = 0.0;
  var seen = 0.0;
  for (var s = 0u; s < ${sliceCount}; s++) {
    let part = ${parts.read(`i / ${perGroup} * ${sliceCount} + s`)};
    let size = f32(min(${sliceLength}, ${size} - min(${size}, s * ${sliceLength})));
    if (size > 0.0) {
      let delta = part.x - mean;
      mean += delta * size / (seen + size);
      squares += part.y + delta * delta * seen * size / (seen + size);
      seen += size;
    }
  }
  let scale = inverseSqrt(squares / f32(${size}) + ${shader.param('epsilon', epsilon, 'f32')}) * ${gamma.read(`i % ${count}`)};
  ${out.write('i', 'scale')}
  ${out.write(`i + ${shader.param('total', samples * channels)}`, `${beta.read(`i % ${count}`)} - mean * scale`)}`;
  finishElementwise(shader, samples * channels, body);
  return table;
}

interface Slicing {
  readonly groups: number;
  readonly slices: number;
  /** Elements of a slice, a multiple of 4; the last slices of a group may be shorter or empty. */
  readonly sliceSize: number;
}

/** Mean and sum of squares about it of each slice of each group. */
function emitPartials(source: ImageSource, { groups, slices, sliceSize }: Slicing, partials: Operand, emit: WgslEmitter): void {
  const { samples, channels, height, width } = source;
  const shader = new Shader(emit, 'groupNorm statistics');
  const perGroup = channels / groups;
  const scalarSource: ImageSource = { ...source, vector: source.vector === 4 && perGroup % 4 === 0 ? 4 : 1 };
  const { vector } = scalarSource;
  const fetch = declareFetch(shader, scalarSource);
  const out = shader.write('partials', partials, 2);
  const columns = shader.param('perGroup', perGroup / vector);
  const pixels = shader.param('pixels', height * width);
  const groupSize = perGroup * height * width;
  const total = shader.param('items', groupSize / vector);
  const slice = shader.param('slice', sliceSize / vector);
  const groupCount = shader.param('groups', groups);
  const fetchCode = `fetch(sample, sample * ${pixels} + e / ${columns}, (which * ${columns} + e % ${columns}) * ${vector}u)`;
  const sum = (value: string) => (vector === 4 ? `dot(${value}, vec4f(1.0))` : value);
  const square = vector === 4 ? 'dot(d, d)' : 'd * d';
  const body = `  let sample = group.y / ${groupCount};
  let which = group.y % ${groupCount};
  let start = group.x * ${slice};
  let end = min(start + ${slice}, ${total});
  var sum = 0.0;
  for (var e = start + thread; e < end; e += ${threads}u) { sum += ${sum(fetchCode)}; }
  let mean = reduce(sum, thread) / f32(max(1u, (end - min(start, end)) * ${vector}u));
  var squares = 0.0;
  for (var e = start + thread; e < end; e += ${threads}u) { let d = ${fetchCode} - mean; squares += ${square}; }
  let total = reduce(squares, thread);
  if (thread == 0u) { ${out.write('group.y * ' + shader.param('slices', slices) + ' + group.x', 'vec2f(mean, total)')} }`;
  shader.finish({ threads, grid: [slices, samples * groups, 1], declarations: `${fetch}\n${declareReduce(threads)}`, body });
}
