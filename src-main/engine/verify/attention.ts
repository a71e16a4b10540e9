import { z } from 'zod';
import {
  LowerTriangularFromBottomRightMask,
  LowerTriangularMask,
  type AttentionBias,
} from '../../../kernels/attention/bias/attention-bias.ts';
import { BlockDiagonalMask } from '../../../kernels/attention/bias/block-diagonal.ts';
import { chunkedScaledDotProductAttention } from '../../../kernels/attention/chunked-attention.ts';
import { referenceDevice } from '../../../kernels/attention/device/device.ts';
import { boolTensor, type AttentionMask } from '../../../kernels/attention/mask.ts';
import { memoryEfficientAttention, type MemoryEfficientAttentionOptions } from '../../../kernels/attention/memory-efficient-attention.ts';
import { describeBias } from '../../../kernels/attention/memory-efficient-inputs.ts';
import { opNames, type OpName } from '../../../kernels/attention/ops/op.ts';
import { attentionOps } from '../../../kernels/attention/ops/table.ts';
import { samAttention } from '../../../kernels/attention/sam/sam-attention.ts';
import { cast, tensor, toFloat32, type FloatType, type StridedTensor } from '../../../kernels/attention/strided/tensor.ts';
import type { GoldenCase, GoldenContext } from './types.ts';

const corner = z.enum(['top_left', 'bottom_right']).nullish();
const inputSchema = z.object({
  shape: z.array(z.number().int()),
  seed: z.number().int(),
  scale: z.number().default(1),
  dtype: z.enum(['float32', 'float16', 'bfloat16']).default('float32'),
  sort: z.enum(['bool', 'drop']).optional(),
});
type InputRecipe = z.output<typeof inputSchema>;

const attentionSchema = z.object({
  layout: z.enum(['BMHK', 'BMK', 'BHMK']),
  inputs: z.record(z.string(), inputSchema),
  scale: z.number().optional(),
  causal: corner,
  blocks: z.object({ query_lengths: z.array(z.number()), key_lengths: z.array(z.number()), causal: corner }).optional(),
  chunks: z.array(z.number()).optional(),
  stored_rows: z.array(z.number()).optional(),
  ip_scale: z.number().optional(),
});
type AttentionParams = z.output<typeof attentionSchema>;

const samSchema = z.object({ heads: z.number(), window: z.number(), inputs: z.record(z.string(), inputSchema) });

const floatTypes: Readonly<Record<InputRecipe['dtype'], FloatType>> = { float32: 'f32', float16: 'f16', bfloat16: 'bf16' };

/** Compares every op that can serve the case on the reference back end, and every chunk size it lists, with the stored result. */
export function checkAttention({ params }: GoldenCase, context: GoldenContext): void {
  const parsed = attentionSchema.parse(params);
  if (parsed.layout === 'BHMK') return checkChunks(parsed, context);
  const [query, key, value] = operands(parsed, ['q', 'k', 'v']) as [StridedTensor, StridedTensor, StridedTensor];
  const attnBias = biasOf(parsed);
  const ops = servingOps({ query, key, value, attnBias });
  for (const op of [undefined, ...ops]) {
    const options = { attnBias, scale: parsed.scale ?? null, op: op ?? null };
    const out = memoryEfficientAttention(query, key, value, { ...options, outputDtype: 'f32' });
    context.expect('out', addImagePrompt(parsed, query, toFloat32(out), op));
    if (query.dtype !== 'f32') expectRounded(context, out, memoryEfficientAttention(query, key, value, options));
  }
  context.remark(`${ops.length} ops`);
}

/**
 * Half inputs are compared before the output is rounded, because the limit of one stored case (0.016 of the deviation) is less than
 * half a step of bfloat16 there (0.0163); the rounded output must then be the nearest of its type.
 */
function expectRounded(context: GoldenContext, exact: StridedTensor, rounded: StridedTensor): void {
  const nearest = toFloat32(cast(exact, rounded.dtype)).join();
  const isNearest = toFloat32(rounded).join() === nearest;
  context.expectText('rounding of the output', 'nearest', isNearest ? 'nearest' : 'another');
}

/** Compares Segment Anything's attention, whole or in windows. */
export function checkSamAttention({ params }: GoldenCase, context: GoldenContext): void {
  const { heads, window, inputs } = samSchema.parse(params);
  const made = (name: string) => makeTensor(inputs[name]!);
  const weights = {
    qkvWeight: made('qkv.weight'),
    qkvBias: made('qkv.bias'),
    projWeight: made('proj.weight'),
    projBias: made('proj.bias'),
    relPosH: made('rel_pos_h'),
    relPosW: made('rel_pos_w'),
  };
  for (const op of ['flash', 'blocked', 'math'] as const) {
    context.expect('out', toFloat32(samAttention(made('hidden_states'), weights, { heads, windowSize: window, op })));
  }
}

function checkChunks(params: AttentionParams, context: GoldenContext): void {
  const [query, key, value] = operands(params, ['q', 'k', 'v']) as [StridedTensor, StridedTensor, StridedTensor];
  const attnMask = maskOf(params);
  const isCausal = params.causal === 'top_left';
  for (const chunkSize of [undefined, ...(params.chunks ?? [])]) {
    const out = chunkedScaledDotProductAttention(query, key, value, { attnMask, isCausal, chunkSize, force: chunkSize !== undefined });
    context.expect('out', rowsOf(out, params.stored_rows));
  }
}

function servingOps({
  query,
  key,
  value,
  attnBias,
}: { query: StridedTensor; key: StridedTensor; value: StridedTensor } & Pick<MemoryEfficientAttentionOptions, 'attnBias'>): OpName[] {
  const headed = (operand: StridedTensor) => (operand.shape.length === 3 ? withHeads(operand) : operand);
  const inputs = { query: headed(query), key: headed(key), value: headed(value), bias: describeBias(attnBias), p: 0 };
  return opNames.filter((name) => attentionOps[name].notSupportedReasons(inputs, referenceDevice).length === 0);
}

function withHeads(operand: StridedTensor): StridedTensor {
  return { ...operand, shape: operand.shape.toSpliced(2, 0, 1), strides: operand.strides.toSpliced(2, 0, 0) };
}

function biasOf({ inputs, causal, blocks }: AttentionParams): AttentionBias | StridedTensor | null {
  if (inputs['bias']) return makeTensor(inputs['bias']);
  if (blocks) {
    const mask = BlockDiagonalMask.fromSeqlens(blocks.query_lengths, blocks.key_lengths);
    if (!blocks.causal) return mask;
    return blocks.causal === 'top_left' ? mask.makeCausal() : mask.makeCausalFromBottomRight();
  }
  if (!causal) return null;
  return causal === 'top_left' ? new LowerTriangularMask() : new LowerTriangularFromBottomRightMask();
}

function maskOf({ inputs }: AttentionParams): AttentionMask | null {
  const recipe = inputs['bias'];
  if (!recipe) return null;
  return recipe.sort === 'bool' ? boolTensor(recipe.shape, generate(recipe)) : makeTensor(recipe);
}

/** out + ip_scale * ip_mask[row] * attention(q, k_ip, v_ip), where the case has an image prompt. */
function addImagePrompt(params: AttentionParams, query: StridedTensor, out: Float32Array, op: OpName | undefined): Float32Array {
  if (!params.inputs['k_ip']) return out;
  const [key, value] = operands(params, ['k_ip', 'v_ip']) as [StridedTensor, StridedTensor];
  const image = toFloat32(memoryEfficientAttention(query, key, value, { op: op ?? null }));
  const mask = params.inputs['ip_mask'] ? generate(params.inputs['ip_mask']) : undefined;
  const rows = query.shape[1]!;
  const rowLength = query.shape[2]! * value.shape[3]!;
  return out.map((number, index) => {
    const gate = mask?.[Math.floor(index / rowLength) % rows] ?? 1;
    return number + params.ip_scale! * gate * image[index]!;
  });
}

function operands({ inputs }: AttentionParams, names: readonly string[]): StridedTensor[] {
  return names.map((name) => makeTensor(inputs[name]!));
}

function rowsOf(out: StridedTensor, rows: readonly number[] | undefined): Float32Array {
  if (!rows) return toFloat32(out);
  const width = out.shape[3]!;
  const [batch, heads] = out.shape as [number, number];
  const all = toFloat32(out);
  const picked = new Float32Array(batch * heads * rows.length * width);
  let position = 0;
  for (let slab = 0; slab < batch * heads; slab++) {
    for (const row of rows) {
      picked.set(all.subarray((slab * out.shape[2]! + row) * width, (slab * out.shape[2]! + row + 1) * width), position);
      position += width;
    }
  }
  return picked;
}

function makeTensor(recipe: InputRecipe): StridedTensor {
  return tensor(recipe.shape, generate(recipe), { dtype: floatTypes[recipe.dtype] });
}

/** The generator described in the group's `about`: a linear congruence modulo 2^32, as f32. */
function generate({ shape, seed, scale, sort }: InputRecipe): Float32Array {
  const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
  let state = seed >>> 0;
  for (let index = 0; index < values.length; index++) {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    const value = Math.fround((state / 2 ** 31 - 1) * scale);
    values[index] = sort === 'bool' ? Number(value > 0) : sort === 'drop' && value < -0.6 * scale ? -Infinity : value;
  }
  return values;
}
