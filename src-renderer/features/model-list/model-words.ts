import type { ModelInfo } from '../../../src-main/contract/reports.ts';

type Kind = ModelInfo['kind'];

export const kindTitles: Readonly<Record<Kind, string>> = {
  checkpoint: 'Checkpoints',
  unet: 'UNets',
  vae: 'VAEs',
  'text-encoder': 'Text encoders',
  lora: 'LoRAs',
  controlnet: 'ControlNets',
  't2i-adapter': 'T2I-Adapters',
  'ip-adapter': 'IP-Adapters',
  'image-encoder': 'Image encoders',
  embedding: 'Embeddings',
  taesd: 'Preview decoders',
  filter: 'Filters',
  unknown: 'Unknown',
};

/** What a kind of model is good for, in a few words. */
export const kindAbouts: Readonly<Record<Kind, string>> = {
  checkpoint: 'Whole models: choose one to draw with.',
  unet: 'The drawing part of a model, without the rest.',
  vae: 'Turn what a model computes into pixels.',
  'text-encoder': 'Read the prompt.',
  lora: 'Change the style of a checkpoint of the same family. Add them under the prompt or to a region.',
  controlnet: 'Follow lines, depth or poses. Used by control layers.',
  't2i-adapter': 'Lighter than ControlNets. Used by control layers.',
  'ip-adapter': 'Draw in the manner of a picture. Used by reference images.',
  'image-encoder': 'Read reference images for IP-Adapters.',
  embedding: 'Add a word to use in prompts.',
  taesd: 'Draw the previews while a picture is computed.',
  filter: 'Turn a picture into lines, depth or poses. Used as preprocessors of control layers.',
  unknown: '',
};

const families: Readonly<Record<string, string>> = { sd1: 'SD 1', sd2: 'SD 2', sdxl: 'SDXL' };

export function familyTitle(family: string | null): string | null {
  return family === null ? null : (families[family] ?? family);
}
