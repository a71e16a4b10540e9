import type { ComponentName } from '../checkpoint/types.ts';
import { ldmUnetModule } from './ldm-module.ts';

/** A layer of the loaded model. */
export interface LoraTarget {
  readonly component: ComponentName;
  /** Weight name without `.weight` or `.bias`. */
  readonly module: string;
}

/** Names of the weights of each loaded network. */
export type NetworkNames = Readonly<Partial<Record<ComponentName, Iterable<string>>>>;

/**
 * Every stem that a LoRA file may give to a layer of this model. Underscores are never parsed: the names are made from the model's own
 * weights, by diffusers and by LDM paths, under each prefix in use.
 */
export function loraKeyTable(networks: NetworkNames): Map<string, LoraTarget> {
  const table = new Map<string, LoraTarget>();
  const unet = modulesOf(networks.unet ?? []);
  const ldmName = ldmUnetModule(unet);
  for (const module of unet) for (const stem of unetStems(module, ldmName(module))) table.set(stem, { component: 'unet', module });
  for (const component of ['text_encoder', 'text_encoder_2'] as const) {
    for (const module of modulesOf(networks[component] ?? [])) {
      for (const stem of textStems(component, module)) table.set(stem, { component, module });
    }
  }
  return table;
}

function modulesOf(names: Iterable<string>): Set<string> {
  const modules = new Set<string>();
  for (const name of names) modules.add(name.replace(/\.(weight|bias)$/, ''));
  return modules;
}

const unetPrefixes = ['unet.', '', 'base_model.model.', 'base_model.model.unet.'];
const ldmPrefixes = ['diffusion_model.', 'model.diffusion_model.', 'base_model.model.diffusion_model.'];

function* unetStems(module: string, ldm: string | undefined): Generator<string> {
  for (const prefix of ['lora_unet_', 'lycoris_', 'lycoris_unet_', 'lora_transformer_', 'unet_']) yield prefix + joined(module);
  for (const prefix of unetPrefixes) yield prefix + module;
  for (const prefix of ldmPrefixes) yield prefix + module;
  if (module.includes('.to_')) {
    const processor = module.replace(/\.to_/, '.processor.to_').replace(/\.to_out\.0$/, '.to_out');
    for (const prefix of unetPrefixes) yield prefix + processor;
  }
  if (ldm === undefined) return;
  for (const prefix of ['lora_unet_', 'lycoris_unet_', 'unet_']) yield prefix + joined(ldm);
  for (const prefix of ldmPrefixes) yield prefix + ldm;
}

const textPrefixes = {
  text_encoder: {
    joined: ['lora_te_', 'lora_te1_', 'lycoris_te_', 'lycoris_te1_'],
    dotted: ['text_encoder.', 'base_model.model.text_encoder.', 'base_model.model.', 'clip_l.', 'clip_l.transformer.', 'text_encoders.clip_l.transformer.'],
  },
  text_encoder_2: {
    joined: ['lora_te2_', 'lycoris_te2_'],
    dotted: ['text_encoder_2.', 'base_model.model.text_encoder_2.', 'clip_g.', 'clip_g.transformer.', 'text_encoders.clip_g.transformer.'],
  },
} as const; // prettier-ignore

/** Names that diffusers gave to attention of text encoders before PEFT. */
const oldTextNames: readonly (readonly [modern: string, old: string])[] = [
  ['.q_proj', '.to_q'],
  ['.k_proj', '.to_k'],
  ['.v_proj', '.to_v'],
  ['.out_proj', '.to_out'],
];

function* textStems(component: keyof typeof textPrefixes, module: string): Generator<string> {
  const { joined: flat, dotted } = textPrefixes[component];
  for (const path of [module, module.replace(/^text_model\./, '')]) {
    for (const prefix of flat) yield prefix + joined(path);
    for (const prefix of dotted) yield prefix + path;
    for (const [modern, old] of oldTextNames) {
      if (path.endsWith(modern)) for (const prefix of dotted) yield prefix + path.slice(0, -modern.length) + old;
    }
  }
}

function joined(path: string): string {
  return path.replaceAll('.', '_');
}
