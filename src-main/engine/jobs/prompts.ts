import { floatTensor, type FloatTensor } from '../../../kernels/tensor.ts';
import type { ClipTokenizer } from '../../../models/tokenizer/clip-tokenizer.ts';
import type { PromptMoment } from '../../core/prompt/a1111.ts';
import type { ParsedPrompt, PromptSyntax } from '../../core/prompt/ast.ts';
import { composedParts } from '../../core/prompt/composable.ts';
import { planEncoding, type EncodingBlock, type EncodingPlan } from '../../core/prompt/encoding-plan.ts';
import { parsePrompt } from '../../core/prompt/parse-prompt.ts';
import { combineParts, weighBlock, type Embedding } from '../../core/prompt/weighting.ts';
import type { LoadedModel, TextEncoderName, WeightLayer } from '../model/loaded-model.ts';
import type { EncodedSide } from '../pipeline/conditioning.ts';
import { encodeRow, joinFeatures, joinTokens } from '../pipeline/text.ts';

export interface PromptOptions {
  readonly model: LoadedModel;
  readonly tokenizers: ReadonlyMap<TextEncoderName, ClipTokenizer>;
  readonly syntax: PromptSyntax;
  /** The steps for which prompts that edit themselves are read; one where none does. */
  readonly moments: readonly PromptMoment[];
  readonly clipSkip: number;
  /** What add-ons change in a text encoder, for the prompt of a region or for one that is seen everywhere. */
  readonly layers: (encoder: TextEncoderName, region: number | undefined) => readonly WeightLayer[];
}

/** The options for one prompt and encoder. */
interface RowOptions extends PromptOptions {
  readonly own: readonly WeightLayer[];
}

/** A prompt at its first moment. */
export interface EncodedPrompt extends EncodedSide {
  /** At each moment, all of the same length. */
  readonly moments: readonly EncodedSide[];
  /** Sentences about what was read but does not act. */
  readonly notes: readonly string[];
}

/** A prompt with a prediction of its own. */
export interface EncodedPart extends EncodedPrompt {
  readonly weight: number;
}

/** Encodes the prompts that a text joins by AND one by one; a text without AND is one. */
export async function encodeParts(text: string, options: PromptOptions): Promise<EncodedPart[]> {
  const readings = options.moments.map((moment) => composedParts(parsePrompt(text, options.syntax, moment)));
  const encoded: EncodedPart[] = [];
  for (const [i, { weight }] of readings[0]!.entries()) {
    const prompts = readings.map((parts) => parts[i]!.prompt);
    encoded.push({ ...(await encodeMoments(prompts, options)), weight });
  }
  return encoded;
}

/**
 * Encodes one prompt with all text encoders of the model, weighted and joined by the rules of its syntax.
 * @param region index of the region whose prompt it is
 */
export async function encodePrompt(text: string, options: PromptOptions, region?: number): Promise<EncodedPrompt> {
  const prompts = options.moments.map((moment) => parsePrompt(text, options.syntax, moment));
  return encodeMoments(prompts, options, region);
}

/** Encodes a prompt as it reads at each moment, each reading once; shorter ones get as many tokens as the longest. */
async function encodeMoments(prompts: readonly ParsedPrompt[], options: PromptOptions, region?: number): Promise<EncodedPrompt> {
  const known = new Map<string, EncodedReading>();
  const readings: EncodedReading[] = [];
  for (const prompt of prompts) {
    const key = JSON.stringify(prompt.parts);
    const reading = known.get(key) ?? (await encodeParsed(prompt, options, region));
    known.set(key, reading);
    readings.push(reading);
  }
  const tokens = evenLengths(readings.map((reading) => reading.tokens));
  const moments = readings.map(({ pooled }, i) => ({ tokens: tokens[i]!, pooled }));
  return { ...moments[0]!, moments, notes: [...new Set(readings.flatMap(({ notes }) => notes))] };
}

type EncodedReading = Omit<EncodedPrompt, 'moments'>;

async function encodeParsed(parsed: ParsedPrompt, options: PromptOptions, region?: number): Promise<EncodedReading> {
  const features: FloatTensor[] = [];
  const notes = new Set<string>();
  let pooled: FloatTensor | undefined;
  for (const encoder of options.model.textEncoders) {
    const plan = planEncoding(parsed, options.tokenizers.get(encoder)!);
    for (const note of plan.notes) notes.add(note);
    const encoded = await encodePlan(plan, encoder, { ...options, own: options.layers(encoder, region) });
    features.push(encoded.tokens);
    pooled = encoded.pooled ?? pooled;
  }
  return { tokens: joinFeatures(evenLengths(features)), pooled, notes: [...notes] };
}

/** One encoder's blocks, part by part, combined as the plan says. */
async function encodePlan(plan: EncodingPlan, encoder: TextEncoderName, options: RowOptions): Promise<EncodedSide> {
  const empty = plan.needsEmpty ? await encodeEmpty(encoder, options) : undefined;
  const parts: FloatTensor[] = [];
  let pooled: FloatTensor | undefined;
  for (const part of plan.parts) {
    const blocks: FloatTensor[] = [];
    for (const block of part.blocks) {
      const encoded = await encodeBlock(plan, block, empty, encoder, options);
      blocks.push(encoded.tokens);
      pooled ??= encoded.pooled;
    }
    parts.push(joinTokens(blocks));
  }
  const width = parts[0]!.shape[2]!;
  const combined = combineParts(plan, parts.map(({ data }) => data as Embedding), empty); // prettier-ignore
  return { tokens: floatTensor([1, combined.length / width, width], combined), pooled };
}

async function encodeBlock(
  plan: EncodingPlan,
  block: EncodingBlock,
  empty: Embedding | undefined,
  encoder: TextEncoderName,
  { model, clipSkip, own: layers }: RowOptions,
): Promise<EncodedSide> {
  const own = await encodeRow(model, encoder, { ids: block.ids, clipSkip, layers });
  const without: Embedding[] = [];
  for (const { attentionMask } of block.without) {
    without.push((await encodeRow(model, encoder, { ids: block.ids, clipSkip, attentionMask, layers })).tokens.data as Embedding);
  }
  const weighed = weighBlock(plan, block, { own: own.tokens.data as Embedding, without, ...(empty && { empty }) });
  return { tokens: floatTensor(own.tokens.shape, weighed), pooled: own.pooled };
}

async function encodeEmpty(encoder: TextEncoderName, { model, tokenizers, clipSkip, own: layers }: RowOptions): Promise<Embedding> {
  const ids = tokenizers.get(encoder)!.pad([]);
  return (await encodeRow(model, encoder, { ids, clipSkip, layers })).tokens.data as Embedding;
}

/** Texts of unequal length get the last block's rows again (A1111): every part needs as many tokens as the longest. */
function evenLengths(parts: readonly FloatTensor[]): FloatTensor[] {
  const longest = Math.max(...parts.map((part) => part.shape[1]!));
  return parts.map((part) => {
    const [, length, width] = part.shape as [number, number, number];
    if (length === longest) return part;
    const even = floatTensor([1, longest, width]);
    for (let row = 0; row < longest; row++) {
      const from = Math.min(row, length - 1) * width;
      even.data.set(part.data.subarray(from, from + width), row * width);
    }
    return even;
  });
}
