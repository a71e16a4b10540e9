import type { ClipTokenizer } from '../../../models/tokenizer/clip-tokenizer.ts';
import type { LoadedModel, TextEncoderName, WeightLayer } from '../model/loaded-model.ts';
import { loadTokenizers } from '../model/tokenizers.ts';
import { caseWeights } from './case-weights.ts';
import { addCaseWords } from './inversions.ts';
import type { GoldenCase, GoldenContext } from './types.ts';

/** Text encoders of a model as a case uses them: with its words and its changed weights. */
export interface CaseText {
  readonly model: LoadedModel;
  readonly tokenizers: ReadonlyMap<TextEncoderName, ClipTokenizer>;
  readonly layers: ReadonlyMap<TextEncoderName, readonly WeightLayer[]>;
}

export async function caseText(goldenCase: GoldenCase, context: GoldenContext, model: LoadedModel): Promise<CaseText> {
  const tokenizers = await loadTokenizers(model.description);
  const layers = new Map<TextEncoderName, readonly WeightLayer[]>();
  for (const encoder of model.textEncoders) {
    await addCaseWords(goldenCase, context, model, encoder, tokenizers.get(encoder)!);
    layers.set(encoder, await caseWeights(goldenCase, context, model, encoder));
  }
  return { model, tokenizers, layers };
}
