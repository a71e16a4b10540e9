import type { ModelInfo } from '../../../src-main/contract/reports.ts';

export const kindTitles: Readonly<Record<ModelInfo['kind'], string>> = {
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
  unknown: 'Unknown',
};

const families: Readonly<Record<string, string>> = { sd1: 'SD 1', sd2: 'SD 2', sdxl: 'SDXL' };

export function familyTitle(family: string | null): string | null {
  return family === null ? null : (families[family] ?? family);
}
