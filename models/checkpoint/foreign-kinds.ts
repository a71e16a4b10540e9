import type { TensorShapes } from './types.ts';

/** A kind of file that is not a UNet checkpoint, told by tensor names. */
export interface ForeignKind {
  readonly kind: string;
  /** What the file is, for the sentence "This is …". */
  readonly is: string;
  matches(tensors: TensorShapes): boolean;
}

const has = (tensors: TensorShapes, name: string): boolean => unetPrefixes.some((prefix) => tensors.has(prefix + name));
const some = (tensors: TensorShapes, test: (name: string) => boolean): boolean => {
  for (const name of tensors.keys()) if (test(name)) return true;
  return false;
};
const someStarts = (tensors: TensorShapes, start: string): boolean =>
  some(tensors, (name) => unetPrefixes.some((prefix) => name.startsWith(prefix + start)));

/** Prefixes that programs put before the UNet's or transformer's names. */
export const unetPrefixes = ['model.diffusion_model.', 'diffusion_model.', 'net.', 'model.model.', ''] as const;

const loraWords = ['lora_', 'lora_A', 'lora.up', 'lora.down', 'lokr_', 'hada_', 'dora_scale'];

/** Add-ons: tested before main models, since a LoRA's names contain those of the network it changes. */
export const adapterKinds: readonly ForeignKind[] = [
  {
    kind: 'lora',
    is: 'a LoRA (an add-on that changes a model)',
    matches: (t) => some(t, (name) => loraWords.some((word) => name.includes(word))),
  },
  {
    kind: 'controlnet',
    is: 'a ControlNet (an add-on that steers a model)',
    matches: (t) =>
      some(t, (name) => name.startsWith('control_model.') || name.includes('lora_controlnet')) ||
      t.has('zero_convs.0.0.weight') ||
      t.has('controlnet_cond_embedding.conv_in.weight'),
  },
  {
    kind: 't2i-adapter',
    is: 'a T2I-Adapter (an add-on that steers a model)',
    matches: (t) =>
      some(t, (name) => name.startsWith('adapter.body.0')) ||
      t.has('body.0.in_conv.weight') ||
      (t.has('conv_in.weight') && t.has('body.0.block1.weight')),
  },
  {
    kind: 'ip-adapter',
    is: 'an IP-Adapter (an add-on for reference pictures)',
    matches: (t) => some(t, (name) => name.startsWith('image_proj.')) && some(t, (name) => name.startsWith('ip_adapter.')),
  },
  {
    kind: 'textual-inversion',
    is: 'a textual inversion (words for a prompt)',
    matches: (t) => t.size < 10 && (t.has('emb_params') || t.has('string_to_param') || (t.has('clip_l') && t.has('clip_g'))),
  },
];

/** Model families that Strata does not run; the order matters where names overlap. */
export const otherFamilies: readonly ForeignKind[] = [
  foreign('sd3', 'a Stable Diffusion 3 model', (t) => someStarts(t, 'joint_blocks.')),
  foreign('chroma', 'a Chroma model', (t) => has(t, 'distilled_guidance_layer.in_proj.bias')),
  foreign('flux2', 'a FLUX.2 model', (t) => has(t, 'single_stream_modulation.lin.weight')),
  foreign('flux1', 'a FLUX.1 model', (t) => has(t, 'double_blocks.0.img_attn.norm.key_norm.scale')),
  foreign('z-image', 'a Z-Image model', (t) => has(t, 'cap_embedder.0.weight') && has(t, 'layers.0.adaLN_modulation.0.weight')),
  foreign('lumina2', 'a Lumina 2 model', (t) => has(t, 'cap_embedder.0.weight')),
  foreign('qwen-image', 'a Qwen-Image model', (t) => has(t, 'transformer_blocks.0.img_mod.1.weight')),
  foreign('wan', 'a Wan video model', (t) => has(t, 'head.modulation') || someStarts(t, 'blocks.0.cross_attn.norm_k')),
  foreign('krea2', 'a Krea 2 model', (t) => someStarts(t, 'text_fusion') || someStarts(t, 'txtfusion')),
  foreign('anima', 'an Anima model', (t) => someStarts(t, 'llm_adapter.blocks.0')),
  foreign('ernie-image', 'an ERNIE-Image model', (t) => someStarts(t, 'layers.0.adaLN_sa_ln')),
];

/** Single networks that are a part of a model, or other tools; tested last. */
export const partKinds: readonly ForeignKind[] = [
  foreign('clip-vision', 'a CLIP image encoder', (t) => some(t, (name) => name.startsWith('vision_model.') || name.startsWith('visual.'))),
  foreign('vae', 'a VAE alone', (t) => has(t, 'encoder.conv_in.weight') && has(t, 'decoder.conv_in.weight')),
  foreign('text-encoder', 'a text encoder alone', (t) =>
    some(t, (name) => name.endsWith('embeddings.token_embedding.weight') || name.endsWith('shared.weight')),
  ),
  foreign('upscaler', 'an upscaler', (t) => t.has('conv_first.weight') || t.has('model.0.weight')),
];

function foreign(kind: string, is: string, matches: ForeignKind['matches']): ForeignKind {
  return { kind, is, matches };
}
