import type { ClipTokenizer } from '../../../models/tokenizer/clip-tokenizer.ts';
import type { AddOns } from '../adapters/add-ons.ts';
import { addInversion, inversionLayer } from '../adapters/embedding/inversion-layer.ts';
import { loraLayer } from '../adapters/lora/lora-layer.ts';
import type { LoadedModel, TextEncoderName, WeightLayer } from '../model/loaded-model.ts';
import { loadTokenizers } from '../model/tokenizers.ts';
import type { PromptOptions } from './prompts.ts';

/** Tokenizers that know the words of textual inversions, and what add-ons change in each text encoder. */
export interface PreparedText extends Pick<PromptOptions, 'layers'> {
  readonly tokenizers: ReadonlyMap<TextEncoderName, ClipTokenizer>;
}

/**
 * Prepares the text encoders of a job. A region's LoRAs are part of every prompt's graph, with strength 0 but for the region's own
 * prompts, so that one graph serves all.
 */
export async function prepareText(model: LoadedModel, { loras, inversions }: AddOns): Promise<PreparedText> {
  const tokenizers = await loadTokenizers(model.description);
  const added = new Map<TextEncoderName, WeightLayer | undefined>();
  for (const encoder of model.textEncoders) {
    const rows = new Map<number, Float32Array>();
    for (const { file, words } of inversions) {
      for (const [id, row] of await addInversion(file, words, encoder, tokenizers.get(encoder)!)) rows.set(id, row);
    }
    added.set(encoder, inversionLayer(rows, model.textConfig(encoder).width));
  }
  return {
    tokenizers,
    layers: (encoder, region) => {
      const active = loras.map((lora) => {
        const acts = lora.region === undefined || lora.region === region;
        return { lora, strength: acts ? lora.textStrength : 0, isGated: false };
      });
      return [added.get(encoder), loraLayer(encoder, active)].filter((layer) => layer !== undefined);
    },
  };
}
