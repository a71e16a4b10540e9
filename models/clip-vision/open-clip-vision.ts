import { readAddOn, type AddOnFile } from '../add-on/add-on-file.ts';
import { weightShapes, withConfigOf } from '../add-on/expected.ts';
import { wrongAddOn } from '../add-on/identify.ts';
import { requireWeights } from '../checkpoint/check.ts';
import { isQuantisationExtra, locate, type FileEntry } from '../checkpoint/component-weights.ts';
import { countIndices } from '../checkpoint/indices.ts';
import { refusal } from '../checkpoint/refusal.ts';
import type { JsonObject, ModelIo, WeightMap } from '../checkpoint/types.ts';
import { buildClipVision } from './clip-vision.ts';
import { clipVisionConfig, type ClipVisionConfig } from './config.ts';

export interface ClipVisionDescription {
  readonly path: string;
  readonly config: ClipVisionConfig;
  readonly weights: WeightMap;
  readonly notes: readonly string[];
}

/** Opens an image encoder by its headers: a transformers folder, or a file with its names. Throws AppError for what cannot be used. */
export async function openClipVision(path: string, io: ModelIo): Promise<ClipVisionDescription> {
  const file = await readAddOn(path, 'model', io);
  const weights = visionWeights(file.tensors);
  if (!weights.has('vision_model.embeddings.class_embedding')) throw wrongAddOn(file.path, file.tensors, 'a CLIP image encoder');
  const config = withConfigOf(file.path, () => clipVisionConfig(visionPart(file.config) ?? inferConfig(file, weights)));
  const expected = withConfigOf(file.path, () => weightShapes(buildClipVision(config, ['embeds'])));
  const notes = requireWeights(file.path, 'this image encoder', weights, expected);
  return { path: file.path, config, weights, notes };
}

/** Whole CLIP models have both encoders' settings in one file. */
function visionPart(config: JsonObject | undefined): JsonObject | undefined {
  const part = config?.['vision_config'];
  return typeof part === 'object' && part !== null ? { ...(part as JsonObject), projection_dim: config?.['projection_dim'] } : config;
}

function visionWeights(tensors: ReadonlyMap<string, FileEntry>): WeightMap {
  const weights: WeightMap = new Map();
  for (const [name, entry] of tensors) {
    const isVision = name.startsWith('vision_model.') || name.startsWith('visual_projection.');
    if (!isVision || isQuantisationExtra(name) || name.endsWith('.position_ids')) continue;
    weights.set(name, locate(name, entry, tensors));
  }
  return weights;
}

/** Heads and activation of the published encoders by their width: L, H and bigG have 16 heads, B has 12. */
const published: ReadonlyMap<number, JsonObject> = new Map([
  [768, { num_attention_heads: 12, hidden_act: 'quick_gelu' }],
  [1024, { num_attention_heads: 16, hidden_act: 'quick_gelu' }],
  [1280, { num_attention_heads: 16, hidden_act: 'gelu' }],
  [1664, { num_attention_heads: 16, hidden_act: 'gelu' }],
]);

function inferConfig({ path }: AddOnFile, weights: WeightMap): JsonObject {
  const shape = (name: string): readonly number[] => weights.get(name)?.shape ?? [];
  const width = shape('vision_model.embeddings.class_embedding')[0] ?? 0;
  const known = published.get(width);
  if (!known) {
    const sentence = `The image encoder has width ${width}, and a single file does not tell its number of attention heads. Put its config.json beside it and name the file model.safetensors.`;
    throw refusal('unknownConfig', path, sentence, { expected: [...published.keys()], got: width });
  }
  const patch = shape('vision_model.embeddings.patch_embedding.weight')[2] ?? 0;
  const positions = shape('vision_model.embeddings.position_embedding.weight')[0] ?? 0;
  return {
    ...known,
    hidden_size: width,
    intermediate_size: shape('vision_model.encoder.layers.0.mlp.fc1.weight')[0],
    num_hidden_layers: countIndices((n) => weights.has(`vision_model.encoder.layers.${n}.layer_norm1.weight`)),
    patch_size: patch,
    image_size: Math.round(Math.sqrt(Math.max(positions - 1, 0))) * patch,
    projection_dim: shape('visual_projection.weight')[0],
  };
}
