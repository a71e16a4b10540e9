import { adapterKinds, otherFamilies, partKinds, unetPrefixes } from './foreign-kinds.ts';
import type { ModelFamily, ModelVariant, Prediction, TensorShapes } from './types.ts';

/** Where the text encoders lie in a single file and how their tensors are named. */
export interface TextEncoderLayout {
  readonly component: 'text_encoder' | 'text_encoder_2';
  readonly prefix: string;
  readonly naming: 'hf' | 'openclip';
  /** SD2 uses the output of the last but one layer: the last is not loaded. */
  readonly dropLastLayer: boolean;
}

export interface CheckpointLayout {
  readonly unetPrefix: string;
  readonly vaePrefix: string | undefined;
  readonly textEncoders: readonly TextEncoderLayout[];
}

export interface KnownModel {
  readonly known: true;
  readonly family: ModelFamily;
  readonly variant: ModelVariant;
  readonly layout: CheckpointLayout;
  /** Undefined for SD2, where only the weights tell. */
  readonly prediction: Prediction | undefined;
  readonly predictionCertain: boolean;
  readonly zeroTerminalSnr: boolean;
  readonly reasons: readonly string[];
}

export interface UnknownModel {
  readonly known: false;
  /** lora, vae, flux1, …; `unknown` when nothing is recognised. */
  readonly kind: string;
  /** As sentences, the first of which says what the file is, and what was looked for. */
  readonly reasons: readonly string[];
}

export type Detection = KnownModel | UnknownModel;

/**
 * What model a single file holds, by tensor names and shapes alone (InvokeAI configs/main.py, ComfyUI model_detection.py, and
 * stable-diffusion.cpp model_loader.cpp agree on these marks). Every decision leaves a reason; what is not recognised is unknown.
 */
export function detectFamily(tensors: TensorShapes, metadata: ReadonlyMap<string, string>): Detection {
  const foreign = [...adapterKinds, ...otherFamilies].find((kind) => kind.matches(tensors));
  if (foreign) return unknown(foreign.kind, `This is ${foreign.is}, not a Stable Diffusion 1, 2 or XL checkpoint.`);
  const unetPrefix = unetPrefixes.find((prefix) => tensors.has(`${prefix}input_blocks.0.0.weight`));
  if (unetPrefix === undefined) return withoutUnet(tensors);
  if (tensors.has('edm_mean') && tensors.has('edm_std')) {
    return unknown('playground', 'This is a Playground 2.5 model (EDM), which is not supported.');
  }
  if (tensors.has('edm_vpred.sigma_max')) return unknown('cosxl', 'This is a CosXL model (EDM with v-prediction), which is not supported.');
  return knownUnet(tensors, metadata, unetPrefix);
}

function unknown(kind: string, sentence: string, reasons: readonly string[] = []): UnknownModel {
  return { known: false, kind, reasons: [sentence, ...reasons] };
}

function withoutUnet(tensors: TensorShapes): UnknownModel {
  const part = partKinds.find((kind) => kind.matches(tensors));
  if (part) return unknown(part.kind, `This is ${part.is}; a checkpoint with a UNet was expected.`);
  if (tensors.has('conv_in.weight') && tensors.has('time_embedding.linear_1.weight')) {
    return unknown('diffusers-unet', 'This is a UNet alone with diffusers names; open its folder together with its config.json.');
  }
  const first = tensors.keys().next().value ?? 'none';
  return unknown('unknown', `No known model has these ${tensors.size} tensors (the first is "${first.slice(0, 100)}").`);
}

function knownUnet(tensors: TensorShapes, metadata: ReadonlyMap<string, string>, unetPrefix: string): Detection {
  const reasons = [`The file has a UNet under "${unetPrefix}".`];
  const textEncoders = findTextEncoders(tensors);
  const family = familyOf(tensors, unetPrefix, textEncoders, reasons);
  if (typeof family !== 'string') return unknown('unknown', family.sentence, reasons);
  const channels = tensors.get(`${unetPrefix}input_blocks.0.0.weight`)?.shape[1] ?? 0;
  const variant = variants.get(channels);
  if (!variant) return unknown('unknown', `The UNet takes ${channels} channels; 4, 5, 8 or 9 were expected.`, reasons);
  reasons.push(`The UNet takes ${channels} channels: ${variant}.`);
  const vaePrefix = ['first_stage_model.', 'vae.', ''].find((prefix) => tensors.has(`${prefix}decoder.conv_in.weight`));
  const dropLast = family === 'sd2';
  const layout = { unetPrefix, vaePrefix, textEncoders: textEncoders.map((encoder) => ({ ...encoder, dropLastLayer: dropLast })) };
  return { known: true, family, variant, layout, ...predictionOf(tensors, metadata, family, reasons), reasons };
}

const variants: ReadonlyMap<number, ModelVariant> = new Map([
  [4, 'normal'],
  [9, 'inpaint'],
  [8, 'instruct-pix2pix'],
  [5, 'depth'],
]);

/** Families of published models, and of add-ons for them, by the width of the text that cross-attention takes. */
export const familyByTextWidth: ReadonlyMap<number, ModelFamily> = new Map([
  [768, 'sd1'],
  [1024, 'sd2'],
  [2048, 'sdxl'],
  [1280, 'sdxl-refiner'],
]);

/**
 * The width of the text that cross-attention takes decides for models of the usual size. Other widths (toy models) are decided by
 * which text encoders the file carries; without them nothing is guessed.
 */
function familyOf(
  tensors: TensorShapes,
  prefix: string,
  textEncoders: readonly Omit<TextEncoderLayout, 'dropLastLayer'>[],
  reasons: string[],
): ModelFamily | { sentence: string } {
  const hasLabel = tensors.has(`${prefix}label_emb.0.0.weight`);
  const early = `${prefix}input_blocks.2.1.transformer_blocks.0.attn2.to_k.weight`;
  const later = `${prefix}input_blocks.4.1.transformer_blocks.0.attn2.to_k.weight`;
  const probe = tensors.has(early) ? early : later;
  const context = tensors.get(probe)?.shape.at(-1);
  if (context === undefined) return { sentence: 'The UNet has no cross-attention where Stable Diffusion 1, 2 and XL have it.' };
  const family = familyByTextWidth.get(context) ?? familyByEncoders(hasLabel, textEncoders);
  if (!family) return { sentence: `Cross-attention takes text of width ${context}; 768, 1024, 1280 or 2048 were expected.` };
  const isXl = family === 'sdxl' || family === 'sdxl-refiner';
  if (isXl !== hasLabel) {
    const sentence = hasLabel
      ? `The UNet has a label embedding like unCLIP models, with text of width ${context}; such models are not supported.`
      : `Cross-attention takes text of width ${context} like ${family}, but the size and pooled-text embedding (label_emb) is missing.`;
    return { sentence };
  }
  reasons.push(
    `Cross-attention takes text of width ${context}${familyByTextWidth.has(context) ? '' : ` and the text encoders are those of ${family}`}.`,
  );
  return family;
}

function familyByEncoders(hasLabel: boolean, encoders: readonly Omit<TextEncoderLayout, 'dropLastLayer'>[]): ModelFamily | undefined {
  if (hasLabel) return encoders.length === 2 ? 'sdxl' : encoders.length === 1 ? 'sdxl-refiner' : undefined;
  if (encoders.length !== 1) return undefined;
  return encoders[0]?.naming === 'hf' ? 'sd1' : 'sd2';
}

const hfEmbedding = 'embeddings.token_embedding.weight';

function findTextEncoders(tensors: TensorShapes): Omit<TextEncoderLayout, 'dropLastLayer'>[] {
  const isHf = (prefix: string): boolean => tensors.has(`${prefix}text_model.${hfEmbedding}`) || tensors.has(prefix + hfEmbedding);
  const isOpen = (prefix: string): boolean => tensors.has(`${prefix}token_embedding.weight`);
  const hf = (component: TextEncoderLayout['component'], prefix: string) => ({ component, prefix, naming: 'hf' as const });
  const open = (component: TextEncoderLayout['component'], prefix: string) => ({ component, prefix, naming: 'openclip' as const });
  if (isHf('conditioner.embedders.0.transformer.')) {
    const first = hf('text_encoder', 'conditioner.embedders.0.transformer.');
    const second = 'conditioner.embedders.1.model.';
    return isOpen(second) ? [first, open('text_encoder_2', second)] : [first];
  }
  if (isHf('cond_stage_model.transformer.')) return [hf('text_encoder', 'cond_stage_model.transformer.')];
  if (isOpen('cond_stage_model.model.')) return [open('text_encoder', 'cond_stage_model.model.')];
  if (!isOpen('conditioner.embedders.0.model.')) return [];
  // One OpenCLIP under `conditioner`: the refiner's only encoder (its text is the second one's of SDXL) or SD2 saved by sgm.
  const width = tensors.get('conditioner.embedders.0.model.token_embedding.weight')?.shape[1];
  return [open(width === 1024 ? 'text_encoder' : 'text_encoder_2', 'conditioner.embedders.0.model.')];
}

interface PredictionFound {
  readonly prediction: Prediction | undefined;
  readonly predictionCertain: boolean;
  readonly zeroTerminalSnr: boolean;
}

/** Markers first: metadata by kohya's sai_model_spec, then ComfyUI's marker tensors. */
function predictionOf(
  tensors: TensorShapes,
  metadata: ReadonlyMap<string, string>,
  family: ModelFamily,
  reasons: string[],
): PredictionFound {
  const zeroTerminalSnr = tensors.has('ztsnr');
  const found = (prediction: Prediction, predictionCertain: boolean, reason: string): PredictionFound => {
    reasons.push(`${reason}: ${prediction}.`);
    return { prediction, predictionCertain, zeroTerminalSnr };
  };
  if (tensors.has('v_pred')) return found('v_prediction', true, 'The file has the marker tensor v_pred');
  const said = metadata.get('modelspec.prediction_type');
  if (said === 'v' || said === 'v_prediction') return found('v_prediction', true, `Its metadata says prediction type ${said}`);
  if (said === 'epsilon') return found('epsilon', true, 'Its metadata says prediction type epsilon');
  if (metadata.get('modelspec.architecture') === 'stable-diffusion-v2-768-v') {
    return found('v_prediction', true, 'Its metadata says architecture stable-diffusion-v2-768-v');
  }
  if (family !== 'sd2') return found('epsilon', false, 'Nothing in the file tells the prediction type; usual for its family');
  return { prediction: undefined, predictionCertain: false, zeroTerminalSnr };
}
