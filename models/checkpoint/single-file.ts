import { checkWeights, requireWeights } from './check.ts';
import { componentTitle, expectedWeights } from './component-weights.ts';
import { detectFamily, type KnownModel, type UnknownModel } from './detect.ts';
import { predictionOfScheduler, requireComponents, vaeFactor } from './diffusers-folder.ts';
import { adapterKinds, partKinds } from './foreign-kinds.ts';
import { inferClipTextConfig, inferVaeConfig, vaeScaleByFamily } from './infer-parts.ts';
import { inferUnetConfig } from './infer-unet.ts';
import { listNames, refusal } from './refusal.ts';
import { schedulerConfig } from './scheduler-config.ts';
import { findSidecar, type Sidecar } from './sidecar.ts';
import { decidePrediction } from './single-file-prediction.ts';
import { singleFileWeights } from './single-file-weights.ts';
import { builtInTokenizers } from './tokenizer-source.ts';
import type { ComponentName, JsonObject, ModelComponent, ModelDescription, ModelIo, WeightMap } from './types.ts';

/** Opens a single-file checkpoint in place by byte ranges. Throws AppError for what is not one, incomplete or misshapen. */
export async function openSingleFile(path: string, io: ModelIo): Promise<ModelDescription> {
  const header = await io.header(path);
  const detection = detectFamily(header.tensors, header.metadata);
  if (!detection.known) throw refuseKind(path, detection);
  const { family, variant, layout } = detection;
  const { components: weights, unused } = singleFileWeights(path, header, layout);
  const sidecar = await findSidecar(path, io);
  const notes =
    unused.length > 0 ? [`${unused.length} tensors of the UNet have no known meaning and are ignored: ${listNames(unused)}.`] : [];
  if (sidecar) notes.push(`Configuration files were taken from ${sidecar.folder}.`);
  const components = configure(path, detection, weights, sidecar, notes);
  requireComponents(path, family, components);
  const { prediction, certain, zeroTerminalSnr, reasons } = await decidePrediction(path, detection, components, sidecar?.scheduler, io);
  const vae = components.vae?.config ?? {};
  const scale = vae['scaling_factor'];
  const scheduler = sidecar?.scheduler ?? schedulerConfig(family, prediction, zeroTerminalSnr);
  return {
    path,
    layout: 'single-file',
    family,
    variant,
    prediction,
    predictionCertain: certain,
    zeroTerminalSnr,
    components,
    scheduler: predictionOfScheduler(scheduler) === prediction ? scheduler : { ...scheduler, prediction_type: prediction },
    tokenizers: tokenizers(path, detection, components, sidecar),
    vaeScale: typeof scale === 'number' && scale > 0 ? scale : vaeScaleByFamily[family],
    vaeFactor: vaeFactor(vae),
    forceZerosForEmptyPrompt: sidecar ? sidecar.index['force_zeros_for_empty_prompt'] === true : family === 'sdxl',
    metadata: header.metadata,
    reasons: [...detection.reasons, ...reasons],
    notes,
  };
}

function refuseKind(path: string, unknown: UnknownModel): Error {
  const isPart = [...adapterKinds, ...partKinds].some((kind) => kind.kind === unknown.kind) || unknown.kind === 'diffusers-unet';
  const code = unknown.kind === 'unknown' ? 'unknownModel' : isPart ? 'notAMainModel' : 'unsupportedModel';
  return refusal(code, path, unknown.reasons.join(' '), { expected: 'sd1, sd2 or sdxl checkpoint', got: unknown.kind });
}

/** Config and checked weights of every network. The text encoders come first: the UNet's size embedding depends on them. */
function configure(
  path: string,
  detection: KnownModel,
  weights: Partial<Record<ComponentName, WeightMap>>,
  sidecar: Sidecar | undefined,
  notes: string[],
): Partial<Record<ComponentName, ModelComponent>> {
  const components: Partial<Record<ComponentName, ModelComponent>> = {};
  for (const name of ['text_encoder', 'text_encoder_2', 'vae', 'unet'] as const) {
    const found = weights[name];
    if (!found) continue;
    const config = sidecarConfig(name, found, sidecar, notes) ?? inferConfig(path, name, found, detection, components);
    const title = `${componentTitle(name, config)} of this ${detection.family} checkpoint`;
    notes.push(...requireWeights(path, title, found, expectedWeights(name, config)));
    components[name] = { config, weights: found };
  }
  return components;
}

/** The sidecar's config, if this file's weights fit it. */
function sidecarConfig(name: ComponentName, weights: WeightMap, sidecar: Sidecar | undefined, notes: string[]): JsonObject | undefined {
  const config = sidecar?.configs[name];
  if (!config) return undefined;
  const { missing, wrongShapes } = checkWeights(weights, expectedWeights(name, config));
  if (missing.length === 0 && wrongShapes.length === 0) return config;
  notes.push(`${name}/config.json in ${sidecar?.folder ?? ''} does not fit the file's weights and is ignored.`);
  return undefined;
}

function inferConfig(
  path: string,
  name: ComponentName,
  weights: WeightMap,
  detection: KnownModel,
  done: Partial<Record<ComponentName, ModelComponent>>,
): JsonObject {
  const { family, layout } = detection;
  if (name === 'vae') return inferVaeConfig(weights, family, path);
  if (name !== 'unet') {
    const naming = layout.textEncoders.find((encoder) => encoder.component === name)?.naming ?? 'hf';
    return inferClipTextConfig(weights, naming, path);
  }
  const pooled = done.text_encoder_2?.config['projection_dim'];
  return inferUnetConfig(weights, { path, family, ...(typeof pooled === 'number' ? { pooledWidth: pooled } : {}) });
}

/** The sidecar's tokenizers, else the CLIP vocabulary where the encoders have its size. */
function tokenizers(
  path: string,
  detection: KnownModel,
  components: Partial<Record<ComponentName, ModelComponent>>,
  sidecar: Sidecar | undefined,
): ModelDescription['tokenizers'] {
  const builtIn = builtInTokenizers(detection.family);
  const chosen: { tokenizer?: (typeof builtIn)['tokenizer'] & {}; tokenizer_2?: (typeof builtIn)['tokenizer_2'] & {} } = {};
  for (const [name, encoder] of [['tokenizer', 'text_encoder'], ['tokenizer_2', 'text_encoder_2']] as const) {
    const usual = builtIn[name];
    if (!usual) continue;
    const size = components[encoder]?.config['vocab_size'];
    const given = sidecar?.tokenizers[name];
    if (!given && size !== undefined && size !== 49408) {
      const sentence = `The text encoder knows ${JSON.stringify(size)} tokens; CLIP's vocabulary has 49408. Put the model's diffusers folder with its tokenizer beside the file under the same name.`;
      throw refusal('unknownConfig', path, sentence, { expected: 49408, got: Number(size) });
    }
    chosen[name] = given ?? usual;
  } // prettier-ignore
  return chosen;
}
