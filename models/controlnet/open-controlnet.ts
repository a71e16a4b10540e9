import { requireWeights } from '../checkpoint/check.ts';
import type { JsonObject, ModelIo, TensorShapes, WeightMap } from '../checkpoint/types.ts';
import { readAddOn, type AddOnFile } from '../add-on/add-on-file.ts';
import { weightShapes, withConfigOf } from '../add-on/expected.ts';
import { otherSizes, requireTextWidth, wrongAddOn, type BaseModel } from '../add-on/identify.ts';
import { addOnRefusal } from '../add-on/refusal.ts';
import { controlNetConfig, pictureFactor, type ControlNetConfig } from './config.ts';
import { buildControlNet } from './controlnet.ts';
import { inferControlNetConfig } from './infer-config.ts';
import { controlNetWeights } from './names.ts';
import { unsupportedControl } from './unsupported.ts';

export interface ControlNetDescription {
  readonly path: string;
  readonly config: ControlNetConfig;
  readonly weights: WeightMap;
  /** The file holds differences from the UNet's weights, which are to be added. */
  readonly isDifference: boolean;
  readonly notes: readonly string[];
}

/** The model a ControlNet is to steer. */
export interface ControlledModel extends BaseModel {
  /** Its UNet's config.json. */
  readonly unet: JsonObject;
  readonly blockOutChannels: readonly number[];
  /** Picture pixels per latent pixel. */
  readonly vaeFactor: number;
}

/** Opens a ControlNet for a model by its headers. Throws AppError for what it is not, what it lacks, or what it does not fit. */
export async function openControlNet(path: string, model: ControlledModel, io: ModelIo): Promise<ControlNetDescription> {
  const file = await readAddOn(path, 'diffusion_pytorch_model', io);
  refuseOtherKinds(file);
  const weights = controlNetWeights(file.tensors);
  requireFamily(file.path, weights, model);
  const config = withConfigOf(file.path, () => controlNetConfig(file.config ?? inferControlNetConfig(weights, model.unet)));
  const expected = withConfigOf(file.path, () =>
    weightShapes(buildControlNet(config, { batch: 1, latentHeight: 8, latentWidth: 8, textLength: 1 })),
  );
  const notes = requireWeights(file.path, 'this ControlNet', weights, expected);
  requireSizes(file.path, config, model);
  return { path: file.path, config, weights, isDifference: file.tensors.has('difference'), notes };
}

function refuseOtherKinds({ path, tensors, config }: AddOnFile): void {
  const known = unsupportedControl(config?.['_class_name'] === 'ControlNetUnionModel' ? ['task_embedding'] : tensors.keys());
  if (known) throw addOnRefusal('unsupportedAddOn', path, known.sentence, { got: known.is });
  if (!isControlNet(tensors)) throw wrongAddOn(path, tensors, 'a ControlNet');
}

/** A truncated set of names still counts, so that the refusal can say what is missing. */
function isControlNet(tensors: TensorShapes): boolean {
  const mark = /^(control_model\.|zero_convs\.|input_hint_block\.|controlnet_(cond_embedding|down_blocks|mid_block)\.)/;
  return [...tensors.keys()].some((name) => mark.test(name));
}

/** The text's width tells the family; nets without cross-attention are told by their widths. */
function requireFamily(path: string, weights: WeightMap, model: ControlledModel): void {
  for (const [name, { shape }] of weights) {
    if (name.endsWith('.attn2.to_k.weight')) return requireTextWidth(path, 'ControlNet', shape[1] ?? 0, model);
  }
}

function requireSizes(path: string, config: ControlNetConfig, model: ControlledModel): void {
  const widths = config.unet.blockOutChannels;
  const isXl = model.family.startsWith('sdxl');
  if (widths.join() !== model.blockOutChannels.join()) {
    throw otherSizes(path, 'ControlNet', model, `its channels are ${widths.join(', ')}, the model's ${model.blockOutChannels.join(', ')}`);
  }
  if ((config.unet.textTime !== undefined) !== isXl) {
    throw otherSizes(path, 'ControlNet', model, isXl ? 'it does not take sizes and pooled text' : 'it takes sizes and pooled text');
  }
  if (pictureFactor(config) !== model.vaeFactor) {
    const detail = `it makes pictures ${pictureFactor(config)} times smaller, the model ${model.vaeFactor} times`;
    throw otherSizes(path, 'ControlNet', model, detail);
  }
}
