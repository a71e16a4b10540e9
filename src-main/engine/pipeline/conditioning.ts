import { floatTensor, type FloatTensor, type Tensor } from '../../../kernels/tensor.ts';
import type { LoadedModel } from '../model/loaded-model.ts';
import type { Conditioning } from './predict.ts';

/** The text of one side, negative or positive, as the UNet takes it. */
export interface EncodedSide {
  /** [1, T, D] */
  readonly tokens: FloatTensor;
  /** [1, P]: only models that take the pooled text. */
  readonly pooled: FloatTensor | undefined;
}

/** Sizes that SDXL is told, in pixels: [height, width] and [top, left]. */
export interface SizeHints {
  readonly original: readonly [number, number];
  readonly crop: readonly [number, number];
  readonly target: readonly [number, number];
}

/** A negative side of zeros, which SDXL takes for a missing negative prompt (force_zeros_for_empty_prompt). */
export function zeroSide(like: EncodedSide): EncodedSide {
  return { tokens: floatTensor(like.tokens.shape), pooled: like.pooled && floatTensor(like.pooled.shape) };
}

export interface ConditioningSides {
  /** One, or one for each of the prompts joined by AND. */
  readonly positive: readonly EncodedSide[];
  /** Absent where guidance is off. */
  readonly negative?: EncodedSide;
  readonly sizes: { readonly positive: SizeHints; readonly negative?: SizeHints };
  /** The guidance that consistency-distilled models take as an input. */
  readonly embeddedGuidance: number;
}

/** Stacks the sides, negative first. A side with fewer tokens is padded with zeros; `lengths` tells how many of each are real. */
export function buildConditioning(model: LoadedModel, sides: ConditioningSides): Conditioning & { readonly lengths: readonly number[] } {
  const rows = [...(sides.negative ? [sides.negative] : []), ...sides.positive];
  const length = Math.max(...rows.map((side) => side.tokens.shape[1]!));
  const extra = new Map<string, Tensor>();
  const { textTime, guidanceWidth } = model.unetConfig;
  if (textTime) {
    extra.set('text_embeds', stackRows(rows.map((side) => side.pooled!)));
    const { positive, negative = positive } = sides.sizes;
    const hints = [...(sides.negative ? [negative] : []), ...sides.positive.map(() => positive)];
    extra.set('time_ids', stackRows(hints.map(timeIds)));
  }
  if (guidanceWidth !== undefined)
    extra.set('timestep_cond', stackRows(rows.map(() => guidanceEmbedding(sides.embeddedGuidance, guidanceWidth))));
  const tokens = stackRows(rows.map((side) => padTokens(side.tokens, length)));
  return { tokens, extra, lengths: rows.map((side) => side.tokens.shape[1]!) };
}

function timeIds({ original, crop, target }: SizeHints): FloatTensor {
  return floatTensor([1, 6], Float32Array.of(...original, ...crop, ...target));
}

/** Sinusoid of 1000 w, sines first, w = guidance - 1 (diffusers get_guidance_scale_embedding; Meng et al. 2023). */
function guidanceEmbedding(guidance: number, width: number): FloatTensor {
  const half = width / 2;
  const step = Math.log(10000) / (half - 1);
  const angle = (i: number) => (guidance - 1) * 1000 * Math.exp(-i * step);
  return floatTensor(
    [1, width],
    Float32Array.from({ length: width }, (_, i) => (i < half ? Math.sin(angle(i)) : Math.cos(angle(i - half)))),
  );
}

function padTokens(tokens: FloatTensor, length: number): FloatTensor {
  if (tokens.shape[1] === length) return tokens;
  const padded = floatTensor([1, length, tokens.shape[2]!]);
  padded.data.set(tokens.data);
  return padded;
}

function stackRows(rows: readonly FloatTensor[]): FloatTensor {
  const stacked = floatTensor([rows.length, ...rows[0]!.shape.slice(1)]);
  rows.forEach((row, i) => stacked.data.set(row.data, i * row.data.length));
  return stacked;
}
