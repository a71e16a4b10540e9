import type { TensorShapes } from '../checkpoint/types.ts';

/** Marks of LoRAs for families that Strata does not run, by parts of their names. */
const marks: readonly (readonly [mark: RegExp, family: string])[] = [
  [/(^|[._])(single_transformer_blocks|double_blocks|single_blocks)[._]/, 'FLUX'],
  [/(^|[._])joint_blocks[._]/, 'Stable Diffusion 3'],
  [/(^|[._])transformer_blocks[._]\d+[._](attn|ff_context|norm1_context)[._]/, 'Stable Diffusion 3, FLUX or Qwen-Image'],
  [/(^|[._])transformer_blocks[._]\d+[._](img|txt)_(mod|mlp)/, 'Qwen-Image'],
  [/(^|[._])blocks[._]\d+[._](cross_attn|self_attn|ffn)[._]/, 'Wan'],
  [/(^|[._])(cap_embedder|noise_refiner|context_refiner)[._]/, 'Z-Image or Lumina'],
  [/(^|[._])layers[._]\d+[._](attention|feed_forward)[._]/, 'Z-Image or Lumina'],
  [/^lora_prior_/, 'Stable Cascade'],
];

/** The family that a LoRA's names belong to, where it is none that Strata runs; undefined when they tell nothing. */
export function otherLoraFamily(tensors: TensorShapes): string | undefined {
  const names = [...tensors.keys()];
  return marks.find(([mark]) => names.some((name) => mark.test(name)))?.[1];
}

/** Width of the text that a LoRA's cross-attention takes: 768 for SD1, 1024 for SD2, 2048 for SDXL. */
export function loraTextWidth(tensors: TensorShapes): number | undefined {
  const down = /attn2[._](processor\.)?to_[kv](\.lora_down\.weight|\.lora_A(\.[^.]+)?\.weight|_lora\.down\.weight|\.lora\.down\.weight)$/;
  for (const [name, { shape }] of tensors) if (down.test(name)) return shape[1];
  return undefined;
}

/** Whether the names are those of SDXL alone: its LDM blocks, or a second text encoder. */
export function isXlLora(tensors: TensorShapes): boolean {
  return [...tensors.keys()].some((name) =>
    /^(lora_te2_|text_encoder_2\.|lora_unet_(input|output)_blocks_\d+_1_transformer_blocks_[1-9])/.test(name),
  );
}
