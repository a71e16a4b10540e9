import { readAddOn } from '../add-on/add-on-file.ts';
import { weightShapes, withConfigOf } from '../add-on/expected.ts';
import { otherSizes, wrongAddOn, type BaseModel } from '../add-on/identify.ts';
import { addOnRefusal } from '../add-on/refusal.ts';
import { requireWeights } from '../checkpoint/check.ts';
import type { JsonObject, ModelIo, WeightMap } from '../checkpoint/types.ts';
import { t2iAdapterConfig, type T2iAdapterConfig } from './config.ts';
import { t2iAdapterWeights } from './names.ts';
import { buildT2iAdapter } from './t2i-adapter.ts';

export interface T2iAdapterDescription {
  readonly path: string;
  readonly config: T2iAdapterConfig;
  readonly weights: WeightMap;
  readonly notes: readonly string[];
}

/** The model an adapter is to steer. */
export interface AdaptedModel extends BaseModel {
  readonly blockOutChannels: readonly number[];
  /** Picture pixels per latent pixel. */
  readonly vaeFactor: number;
}

/** Opens a T2I-Adapter for a model by its headers. Throws AppError for what it is not, what it lacks, or what it does not fit. */
export async function openT2iAdapter(path: string, model: AdaptedModel, io: ModelIo): Promise<T2iAdapterDescription> {
  const file = await readAddOn(path, 'diffusion_pytorch_model', io);
  const names = [...file.tensors.keys()];
  if (!names.some((name) => /^(adapter\.)?body\.\d+\./.test(name))) throw wrongAddOn(file.path, file.tensors, 'a T2I-Adapter');
  if (names.some((name) => name.includes('.out_conv.'))) {
    const sentence = 'This is a light T2I-Adapter, which is not supported. Choose a full one.';
    throw addOnRefusal('unsupportedAddOn', file.path, sentence, { got: 'light_adapter' });
  }
  const weights = t2iAdapterWeights(file.tensors);
  const config = withConfigOf(file.path, () => t2iAdapterConfig(file.config ?? inferConfig(weights)));
  requireSizes(file.path, config, model);
  const side = config.downscale * 8;
  const expected = withConfigOf(file.path, () => weightShapes(buildT2iAdapter(config, side, side)));
  const notes = requireWeights(file.path, 'this T2I-Adapter', weights, expected);
  return { path: file.path, config, weights, notes };
}

/** What the shapes tell of a file without a config.json: XL adapters look at blocks of 16 pixels, others at blocks of 8. */
function inferConfig(weights: WeightMap): JsonObject {
  const shape = (name: string): readonly number[] => weights.get(`adapter.${name}.weight`)?.shape ?? [];
  const entering = shape('conv_in')[1] ?? 0;
  const isXl = entering === 3 * 256 || entering === 256;
  const stages = new Set([...weights.keys()].map((name) => /^adapter\.body\.(\d+)\./.exec(name)?.[1]).filter(Boolean)).size;
  const channels = Array.from({ length: stages }, (_, stage) => shape(`body.${stage}.resnets.0.block1`)[0] ?? 0);
  return {
    adapter_type: isXl ? 'full_adapter_xl' : 'full_adapter',
    in_channels: entering / (isXl ? 256 : 64),
    channels,
    downscale_factor: isXl ? 16 : 8,
    num_res_blocks: 2,
  };
}

function requireSizes(path: string, config: T2iAdapterConfig, model: AdaptedModel): void {
  const widths = model.blockOutChannels;
  const isXl = model.family.startsWith('sdxl');
  if ((config.kind === 'xl') !== isXl) {
    throw otherSizes(path, 'T2I-Adapter', model, isXl ? 'it is not made for SDXL' : 'it is made for SDXL');
  }
  const fits = widths.every((width, level) => width === config.channels[level]);
  if (!fits) {
    throw otherSizes(path, 'T2I-Adapter', model, `its channels are ${config.channels.join(', ')}, the model's ${widths.join(', ')}`);
  }
  const factor = config.kind === 'xl' ? config.downscale / 2 : config.downscale;
  if (factor !== model.vaeFactor) {
    throw otherSizes(path, 'T2I-Adapter', model, `it makes pictures ${factor} times smaller, the model ${model.vaeFactor} times`);
  }
}
