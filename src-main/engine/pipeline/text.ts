import type { ClipTextConfig } from '../../../models/clip-text/config.ts';
import type { ClipTextOutput } from '../../../models/clip-text/clip-text.ts';
import { floatTensor, indexTensor, type FloatTensor, type Tensor } from '../../../kernels/tensor.ts';
import { hiddenScore } from '../../../kernels/attention/stack/plan.ts';
import type { LoadedModel, TextEncoderName, WeightLayer } from '../model/loaded-model.ts';

/** Token ids of one pass of a text encoder, padded to its length. */
export type TokenRow = Int32Array;

export interface EncodedRow {
  /** [1, L, C]: the layer that the family uses. */
  readonly tokens: FloatTensor;
  /** [1, P]: the projected pooled text, where the encoder has a projection. */
  readonly pooled: FloatTensor | undefined;
}

export interface RowRequest {
  readonly ids: TokenRow;
  readonly clipSkip: number;
  /** 1 where a token may be attended to, 0 where not; all may be unless stated. */
  readonly attentionMask?: Uint8Array;
  /** What add-ons change in the encoder. */
  readonly layers?: readonly WeightLayer[];
}

/**
 * Encodes one row of token ids with one text encoder.
 *
 * SD1 and SD2 take the last layer, or with clip skip k the one k before it, through the final norm; SDXL takes the last but one, or the
 * one k before that, without it (diffusers encode_prompt).
 */
export async function encodeRow(
  model: LoadedModel,
  encoder: TextEncoderName,
  { ids, clipSkip, attentionMask, layers }: RowRequest,
): Promise<EncodedRow> {
  const config = model.textConfig(encoder);
  const output = outputLayer(model, config, clipSkip);
  const hasPooled = config.projectionWidth !== undefined;
  const outputs: readonly ClipTextOutput[] = hasPooled ? [output, 'projected'] : [output];
  const executable = await model.text(encoder, { length: ids.length, outputs, isMasked: attentionMask !== undefined }, layers);
  const inputs = new Map<string, Tensor>([['input_ids', indexTensor([1, ids.length], ids)]]);
  if (hasPooled) inputs.set('positions', indexTensor([1], Int32Array.of(pooledPosition(ids, config.eosTokenId))));
  if (attentionMask) inputs.set('token_bias', tokenBias(attentionMask));
  const found = await executable.run(inputs);
  return { tokens: found.get(output) as FloatTensor, pooled: found.get('projected') as FloatTensor | undefined };
}

function tokenBias(attentionMask: Uint8Array): FloatTensor {
  return floatTensor(
    [1, attentionMask.length, 1],
    Float32Array.from(attentionMask, (value) => (value === 1 ? 0 : hiddenScore)),
  );
}

function outputLayer(model: LoadedModel, config: ClipTextConfig, clipSkip: number): ClipTextOutput {
  const isXl = model.unetConfig.textTime !== undefined;
  return isXl ? `hidden.${config.layers - 1 - clipSkip}` : `normed.${config.layers - clipSkip}`;
}

/**
 * The token whose features stand for the whole text. Old configurations say end-of-text is 2 and mean the highest id, which with
 * textual inversion is an embedding's token (transformers modeling_clip.py); others name it, and its first occurrence counts.
 */
export function pooledPosition(ids: TokenRow, eosTokenId: number): number {
  if (eosTokenId !== 2) return Math.max(ids.indexOf(eosTokenId), 0);
  return ids.reduce((best, id, position) => (id > ids[best]! ? position : best), 0);
}

/** Joins tensors [1, L, C] along the tokens. */
export function joinTokens(parts: readonly FloatTensor[]): FloatTensor {
  const width = parts[0]!.shape[2]!;
  const length = parts.reduce((sum, part) => sum + part.shape[1]!, 0);
  const joined = floatTensor([1, length, width]);
  let at = 0;
  for (const part of parts) {
    joined.data.set(part.data, at);
    at += part.data.length;
  }
  return joined;
}

/** Joins tensors [1, L, C1], [1, L, C2] … along the features, as SDXL joins its two encoders. */
export function joinFeatures(parts: readonly FloatTensor[]): FloatTensor {
  if (parts.length === 1) return parts[0]!;
  const length = parts[0]!.shape[1]!;
  const width = parts.reduce((sum, part) => sum + part.shape[2]!, 0);
  const joined = floatTensor([1, length, width]);
  let column = 0;
  for (const part of parts) {
    const own = part.shape[2]!;
    for (let row = 0; row < length; row++) joined.data.set(part.data.subarray(row * own, (row + 1) * own), row * width + column);
    column += own;
  }
  return joined;
}
