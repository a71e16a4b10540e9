import { joined } from '../joined.ts';
import type { EncodingBlock, EncodingPlan } from './encoding-plan.ts';

/** Embeddings of one block, [tokens, width] row by row. */
export type Embedding = Float32Array<ArrayBuffer>;

/** What the text encoder gave for one block: its own ids, the empty prompt, and each encoding of `without`, in order. */
export interface EncodedBlock {
  readonly own: Embedding;
  readonly empty?: Embedding;
  readonly without: readonly Embedding[];
}

/** The weighted embedding of one block by the rule of the plan's syntax. Throws RangeError when an encoding is missing. */
export function weighBlock(plan: Pick<EncodingPlan, 'syntax'>, block: EncodingBlock, encoded: EncodedBlock): Embedding {
  if (block.weights.every((weight) => weight === 1)) return encoded.own;
  if (plan.syntax === 'a1111') return scaleKeepingMean(encoded.own, block.weights);
  if (!encoded.empty) throw new RangeError('weighted prompt: expected the encoding of the empty prompt, got none');
  const { empty } = encoded;
  const own = awayFromEmpty(encoded.own, empty, block.weights);
  if (block.without.length === 0) return own;
  if (encoded.without.length !== block.without.length) {
    throw new RangeError(
      `weighted prompt: expected ${block.without.length} encodings with a fragment hidden, got ${encoded.without.length}`,
    );
  }
  const others = encoded.without.map((embedding, index) => ({
    embedding: awayFromEmpty(embedding, empty, block.weights),
    weight: block.without[index]?.weight ?? 0,
  }));
  return mix([{ embedding: own, weight: block.baseWeight }, ...others], true);
}

/** A1111 "original" emphasis: each row times its weight, then all values scaled so that their mean is what it was (sd_emphasis.py). */
export function scaleKeepingMean(embedding: Embedding, weights: Float32Array): Embedding {
  const scaled = new Float32Array(embedding);
  const width = embedding.length / weights.length;
  for (let i = 0; i < scaled.length; i++) scaled[i] = (scaled[i] ?? 0) * (weights[Math.floor(i / width)] ?? 1);
  const factor = mean(embedding) / mean(scaled);
  if (!Number.isFinite(factor)) return scaled;
  for (let i = 0; i < scaled.length; i++) scaled[i] = (scaled[i] ?? 0) * factor;
  return scaled;
}

/** ComfyUI and compel: empty + weight * (row - empty's row); rows of weight 1 are kept bit for bit. */
export function awayFromEmpty(embedding: Embedding, empty: Embedding, weights: Float32Array): Embedding {
  const result = new Float32Array(embedding);
  const width = embedding.length / weights.length;
  weights.forEach((weight, row) => {
    if (weight === 1) return;
    for (let i = row * width; i < (row + 1) * width; i++) {
      const from = empty[i] ?? 0;
      result[i] = from + weight * ((embedding[i] ?? 0) - from);
    }
  });
  return result;
}

/** Weighted sum of embeddings of equal size; with `normalise` the weights are divided by their sum. */
export function mix(parts: readonly { embedding: Embedding; weight: number }[], normalise: boolean): Embedding {
  const sum = normalise ? parts.reduce((total, { weight }) => total + weight, 0) : 1;
  const result = new Float32Array(parts[0]?.embedding.length ?? 0);
  for (const { embedding, weight } of parts) {
    const factor = weight / (sum === 0 ? 1 : sum);
    for (let i = 0; i < result.length; i++) result[i] = (result[i] ?? 0) + factor * (embedding[i] ?? 0);
  }
  return result;
}

/**
 * One embedding of all parts of a blend or a concatenation, each part being its blocks one below the other. A blend fills shorter
 * parts up with the empty prompt; a concatenated part of another weight than 1 is moved away from the empty prompt.
 * Throws RangeError for `composable` prompts, whose parts stay apart, and when the empty prompt is needed and missing.
 */
export function combineParts(plan: EncodingPlan, parts: readonly Embedding[], empty?: Embedding): Embedding {
  const [first = new Float32Array(0)] = parts;
  if (plan.combine === 'single') return first;
  if (plan.combine === 'composable') throw new RangeError('composable prompt: expected its parts to be used one by one');
  const emptyRows = (length: number): Embedding => {
    if (!empty) throw new RangeError('combined prompt: expected the encoding of the empty prompt, got none');
    return Float32Array.from({ length }, (_, i) => empty[i % empty.length] ?? 0);
  };
  const weightOf = (index: number): number => plan.parts[index]?.weight ?? 1;
  if (plan.combine === 'blend') {
    const longest = Math.max(...parts.map((part) => part.length));
    const filled = parts.map((part, index) => {
      const embedding = part.length === longest ? part : emptyRows(longest);
      if (embedding !== part) embedding.set(part);
      return { embedding, weight: weightOf(index) };
    });
    return mix(filled, plan.normalise);
  }
  const moved = parts.map((part, index) => {
    const weight = weightOf(index);
    return weight === 1 ? part : awayFromEmpty(part, emptyRows(part.length), Float32Array.of(weight));
  });
  return joined(moved);
}

function mean(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
