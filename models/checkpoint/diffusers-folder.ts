import { openComponentFolder } from './component-folder.ts';
import { readHints } from './model-hints.ts';
import { readJsonObject } from './read-json.ts';
import { refusal } from './refusal.ts';
import { schedulerConfig } from './scheduler-config.ts';
import { builtInTokenizers, tokenizerFolder } from './tokenizer-source.ts';
import { vaeScaleByFamily } from './infer-parts.ts';
import type {
  ComponentName,
  JsonObject,
  ModelComponent,
  ModelDescription,
  ModelFamily,
  ModelIo,
  ModelVariant,
  Prediction,
} from './types.ts';

const supportedClass =
  /^(Flax|Onnx)?(StableDiffusion(XL)?(Img2Img|Inpaint|InstructPix2Pix|ControlNet\w*|Depth2Img)?|LatentConsistencyModel(Img2Img)?)Pipeline$/;

/** Opens a diffusers folder by its model_index.json. Throws AppError for what is missing or not supported. */
export async function openDiffusersFolder(path: string, io: ModelIo): Promise<ModelDescription> {
  const index = await readJsonObject(io, `${path}/model_index.json`);
  if (!index) throw await notADiffusersFolder(path, io);
  const className = typeof index['_class_name'] === 'string' ? index['_class_name'] : 'no class';
  if (!supportedClass.test(className)) {
    const sentence = `The folder holds a ${className}; pipelines of Stable Diffusion 1, 2 and XL were expected.`;
    throw refusal('unsupportedModel', path, sentence, { expected: 'StableDiffusionPipeline', got: className });
  }
  const components: Partial<Record<ComponentName, ModelComponent>> = {};
  const notes: string[] = [];
  for (const name of componentNames(index)) {
    const { config, weights, notes: more } = await openComponentFolder(`${path}/${name}`, name, io);
    components[name] = { config, weights };
    notes.push(...more);
  }
  const { family, variant, reasons } = familyOfConfigs(path, className, components);
  requireComponents(path, family, components);
  const given = await readJsonObject(io, `${path}/scheduler/scheduler_config.json`);
  const scheduler = given ?? schedulerConfig(family, 'epsilon', false);
  const vae = components.vae?.config ?? {};
  const scale = vae['scaling_factor'];
  return {
    path,
    layout: 'diffusers',
    family,
    variant,
    prediction: predictionOfScheduler(scheduler),
    predictionCertain: given !== undefined,
    zeroTerminalSnr: scheduler['rescale_betas_zero_snr'] === true,
    components,
    scheduler,
    tokenizers: await tokenizers(path, family, io),
    vaeScale: typeof scale === 'number' && scale > 0 ? scale : vaeScaleByFamily[family],
    vaeFactor: vaeFactor(vae),
    forceZerosForEmptyPrompt: index['force_zeros_for_empty_prompt'] === true,
    metadata: new Map(),
    ...(await readHints(path, io)),
    reasons,
    notes: given ? notes : [...notes, 'The folder has no scheduler_config.json; the usual one of its family is used.'],
  };
}

async function notADiffusersFolder(path: string, io: ModelIo): Promise<Error> {
  const className = (await readJsonObject(io, `${path}/config.json`))?.['_class_name'];
  const sentence =
    typeof className === 'string'
      ? `The folder holds one network alone (${className}), not a whole model: model_index.json is missing.`
      : 'The folder is not a diffusers model: model_index.json is missing.';
  return refusal('unknownModel', path, sentence, { expected: 'model_index.json', got: 'nothing' });
}

function componentNames(index: JsonObject): ComponentName[] {
  const names: ComponentName[] = ['unet', 'vae', 'text_encoder', 'text_encoder_2'];
  return names.filter((name) => {
    const entry = index[name];
    return Array.isArray(entry) && typeof entry[0] === 'string' && typeof entry[1] === 'string';
  });
}

function familyOfConfigs(
  path: string,
  className: string,
  components: Partial<Record<ComponentName, ModelComponent>>,
): { family: ModelFamily; variant: ModelVariant; reasons: string[] } {
  const unet = components.unet?.config;
  if (!unet) throw refusal('missingComponent', path, 'model_index.json names no unet.', { expected: 'unet', got: 'nothing' });
  const context = unet['cross_attention_dim'];
  const isXl = unet['addition_embed_type'] === 'text_time';
  const act = components.text_encoder?.config['hidden_act'];
  const base: ModelFamily = context === 1024 || (context !== 768 && act === 'gelu') ? 'sd2' : 'sd1';
  const family = isXl ? (components.text_encoder ? 'sdxl' : 'sdxl-refiner') : base;
  const channels = unet['in_channels'] ?? 4;
  const latent = components.vae?.config['latent_channels'] ?? 4;
  const variant = variantOf(channels, latent);
  if (!variant) {
    const sentence = `The UNet takes ${JSON.stringify(channels)} channels with a VAE of ${JSON.stringify(latent)}: as many, or one, as many again or that and one more were expected.`;
    throw refusal('unsupportedModel', path, sentence);
  }
  const reasons = [
    `model_index.json says ${className}.`,
    `The UNet takes ${JSON.stringify(channels)} channels and text of width ${JSON.stringify(context)}${isXl ? ' with sizes and pooled text' : ''}: ${family}, ${variant}.`,
  ];
  return { family, variant, reasons };
}

/** Told by what the UNet takes beside the latents: nothing, masked latents and a mask, a picture's latents, a depth map. */
function variantOf(channels: unknown, latent: unknown): ModelVariant | undefined {
  if (typeof channels !== 'number' || typeof latent !== 'number') return undefined;
  const variants = new Map<number, ModelVariant>([
    [0, 'normal'],
    [1, 'depth'],
    [latent, 'instruct-pix2pix'],
    [latent + 1, 'inpaint'],
  ]);
  return variants.get(channels - latent);
}

/** Refuses a model without the networks that its family needs. */
export function requireComponents(path: string, family: ModelFamily, components: Partial<Record<ComponentName, ModelComponent>>): void {
  const encoders: Record<ModelFamily, ComponentName[]> = {
    sd1: ['text_encoder'],
    sd2: ['text_encoder'],
    sdxl: ['text_encoder', 'text_encoder_2'],
    'sdxl-refiner': ['text_encoder_2'],
  };
  const missing = (['unet', 'vae', ...encoders[family]] as const).filter((name) => !components[name]);
  if (missing.length === 0) return;
  const sentence = `This ${family} model lacks ${missing.join(' and ')}. Get the whole checkpoint or the diffusers folder.`;
  throw refusal('missingComponent', path, sentence, { missing, got: Object.keys(components) });
}

/** `prediction_type` of a scheduler_config.json; epsilon where it says nothing, as in diffusers. */
export function predictionOfScheduler(scheduler: JsonObject): Prediction {
  const type = scheduler['prediction_type'];
  return type === 'v_prediction' || type === 'sample' ? type : 'epsilon';
}

/** Picture pixels per latent pixel: each level of the VAE but the last halves the size. */
export function vaeFactor(vae: JsonObject): number {
  const widths = vae['block_out_channels'];
  return Array.isArray(widths) && widths.length > 0 ? 2 ** (widths.length - 1) : 8;
}

async function tokenizers(path: string, family: ModelFamily, io: ModelIo): Promise<ModelDescription['tokenizers']> {
  const builtIn = builtInTokenizers(family);
  const first = (await tokenizerFolder(`${path}/tokenizer`, io)) ?? builtIn.tokenizer;
  const second = (await tokenizerFolder(`${path}/tokenizer_2`, io)) ?? builtIn.tokenizer_2;
  return { ...(first && builtIn.tokenizer ? { tokenizer: first } : {}), ...(second && builtIn.tokenizer_2 ? { tokenizer_2: second } : {}) };
}
