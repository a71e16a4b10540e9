import type { Value } from '../graph/graph.ts';
import { operandOf, type Operand, type WgslEmitter } from './emitter.ts';
import { vectorWidth } from './elementwise.ts';
import type { BufferAccess, Shader } from './shader.ts';

/** An image as a kernel reads it: one or two values joined on channels, maybe grown twice, maybe normalised on the way. */
export interface ImageSource {
  readonly values: readonly Value[];
  /** Size of the values themselves. */
  readonly samples: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly isUpsampled: boolean;
  /** Channels that are read at once. */
  readonly vector: 1 | 4;
}

/** The source that a node's first input has become through merging. */
export function imageSource(input: Value, { fusion }: WgslEmitter): ImageSource {
  const values = fusion.sources ?? [input];
  const [samples, , height, width] = values[0]!.shape as [number, number, number, number];
  const channels = values.reduce((sum, value) => sum + value.shape[1]!, 0);
  const vector = vectorWidth(...values.map((value) => value.shape[1]!));
  return { values, samples, height, width, channels, isUpsampled: fusion.upsample === true, vector };
}

/** Scale and shift of each sample and channel, [2, N, C] in f32: y = x * scale + shift. */
export interface NormOnLoad {
  readonly operand: Operand;
  readonly silu: boolean;
}

/**
 * Declares `fn fetch(sample: u32, pixel: u32, channel: u32) -> f32 or vec4f`, one vector of a source, where pixel counts samples * height * width
 * pixels of the values themselves.
 */
export function declareFetch(shader: Shader, source: ImageSource, norm?: NormOnLoad): string {
  const { values, channels, samples, vector } = source;
  const type = vector === 4 ? 'vec4f' : 'f32';
  const buffers = values.map((value, i) => shader.read(`x${i}`, operandOf(value), vector));
  const counts = values.map((value, i) => shader.param(`channels${i}`, value.shape[1]! / vector));
  const at = (buffer: BufferAccess, i: number, start: string) => buffer.read(`pixel * ${counts[i]} + channel / ${vector}u${start}`);
  const lines = values.length === 1 ? [`  var v = ${at(buffers[0]!, 0, '')};`] : joined(buffers, counts, at, vector, type);
  if (norm) {
    const table = shader.read('norm', norm.operand, vector);
    const offset = shader.param('normShift', (samples * channels) / vector);
    const total = shader.param('normChannels', channels / vector);
    lines.push(`  let n = sample * ${total} + channel / ${vector}u;`, `  v = v * ${table.read('n')} + ${table.read(`${offset} + n`)};`);
    if (norm.silu) lines.push('  v = v / (1.0 + exp(-v));');
  }
  return `fn fetch(sample: u32, pixel: u32, channel: u32) -> ${type} {\n${lines.join('\n')}\n  return v;\n}`;
}

function joined(
  buffers: readonly BufferAccess[],
  counts: readonly string[],
  at: (buffer: BufferAccess, i: number, start: string) => string,
  vector: number,
  type: string,
): string[] {
  const lines = [`  var v: ${type};`, `  let c = channel / ${vector}u;`];
  let start = '';
  buffers.forEach((buffer, i) => {
    const isLast = i === buffers.length - 1;
    const read = `v = ${at(buffer, i, start)};`;
    lines.push(isLast ? `  else { ${read} }` : `  ${i > 0 ? 'else ' : ''}if (c < ${counts.slice(0, i + 1).join(' + ')}) { ${read} }`);
    start += ` - ${counts[i]}`;
  });
  return lines;
}
