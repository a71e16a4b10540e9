import type { AttentionLayer, StepRange } from '../../../kernels/attention/stack/layers.ts';
import type { FloatTensor } from '../../../kernels/tensor.ts';
import type { ModelDescription } from '../../../models/checkpoint/types.ts';
import { visionTokens } from '../../../models/clip-vision/config.ts';
import { projectedTokens } from '../../../models/ip-adapter/projection-config.ts';
import { imageTokens, releaseImageEncoder } from '../adapters/reference/image-features.ts';
import { encoderPixels } from '../adapters/reference/preprocess.ts';
import { cachedTokens } from '../adapters/reference/token-cache.ts';
import { referenceLayer, referenceWeights, tokenRows } from '../adapters/reference/references.ts';
import type { AddOns, OpenReference } from '../adapters/add-ons.ts';
import type { Recipe } from '../../contract/recipe.ts';
import { resizeArea, resizeHard, type Grid } from '../../core/regions/mask.ts';
import type { LayerMask } from '../attention/stack-inputs.ts';
import type { Frame } from '../../core/inpaint/focus.ts';
import type { AssetPaths } from '../engine-service.ts';
import type { LoadedModel, WeightLayer } from '../model/loaded-model.ts';
import { readMask, readPicture } from './pictures.ts';

/** The references of a job, as layers of the attention stack and what realises them. */
export interface References {
  readonly layers: readonly AttentionLayer[];
  readonly masks: ReadonlyMap<string, LayerMask>;
  /** Picture tokens [B, N, D] by layer id. */
  readonly pictures: ReadonlyMap<string, FloatTensor>;
  readonly weights: readonly WeightLayer[];
  readonly notes: readonly string[];
}

export interface ReferenceOptions {
  readonly recipe: Recipe;
  readonly addOns: AddOns;
  readonly model: LoadedModel;
  readonly assets: AssetPaths;
  /** Rows of the UNet's batch: both sides of guidance, or the positive one. */
  readonly batch: number;
  readonly frame: Frame;
  readonly latents: Grid;
  /** Masks of the recipe's regions, in their order. */
  readonly regionMasks: readonly LayerMask[];
}

/** Encodes the pictures of the recipe's references, those of its regions included; the encoder's memory is given back at once. */
export async function prepareReferences(options: ReferenceOptions): Promise<References> {
  const { addOns, model, assets, batch } = options;
  const layers: AttentionLayer[] = [];
  const masks = new Map<string, LayerMask>();
  const pictures = new Map<string, FloatTensor>();
  for (const reference of addOns.references) {
    const { adapter, encoder, recipe, id, identity, encoderIdentity } = reference;
    const pixels = encoderPixels(await readPicture(recipe.picture, assets), encoder.config.imageSize);
    const make = () => imageTokens(model, adapter, encoder, pixels);
    const tokens = tokenRows(await cachedTokens(model, pixels, `${identity} ${encoderIdentity}`, make), batch);
    const mask = await maskOf(reference, options);
    const traits = { id, weight: recipe.weight, range: rangeOf(reference, options.recipe), method: recipe.method, ...(mask && { mask }) };
    layers.push(referenceLayer(traits, { count: tokens.shape[1]!, width: tokens.shape[2]! }, model.description.family));
    pictures.set(id, tokens);
    if (mask) masks.set(id, mask);
  }
  if (addOns.references.length > 0) await releaseImageEncoder(model);
  const weights = addOns.references.map(({ id, adapter, identity }) => referenceWeights(id, adapter, identity));
  const notes = addOns.references.flatMap(({ adapter, encoder }) => [...adapter.notes, ...encoder.notes]);
  return { layers, masks, pictures, weights, notes: [...new Set(notes)] };
}

/** The references' layers before their pictures are encoded: what planning and describing need. */
export function plannedReferences({ references }: AddOns, recipe: Recipe, { family }: ModelDescription): AttentionLayer[] {
  return references.map((reference): AttentionLayer => {
    const { adapter, encoder, id } = reference;
    const { weight, method, mask } = reference.recipe;
    const count = projectedTokens(adapter.projection, visionTokens(encoder.config));
    const traits = { id, weight, method, range: rangeOf(reference, recipe) };
    const layer = referenceLayer(traits, { count, width: adapter.projection.outWidth }, family);
    return { ...layer, hasMask: mask !== undefined || reference.region !== undefined };
  });
}

/** Its own mask, with soft edges where it is painted so, else that of its region. */
async function maskOf({ recipe, region }: OpenReference, options: ReferenceOptions): Promise<LayerMask | undefined> {
  if (!recipe.mask) return region === undefined ? undefined : options.regionMasks[region];
  const painted = await readMask(recipe.mask, options.assets, options.frame);
  const isSoft = painted.data.some((value) => value > 0 && value < 1);
  return { mask: isSoft ? resizeArea(painted, options.latents) : resizeHard(painted, options.latents), isSoft };
}

/** A region's reference acts only while its region does. */
export function rangeOf({ recipe, region }: Pick<OpenReference, 'recipe' | 'region'>, { regions }: Pick<Recipe, 'regions'>): StepRange {
  const [begin, end] = recipe.range;
  const outer = region === undefined ? undefined : regions[region]?.range;
  return outer ? [Math.max(begin, outer[0]), Math.min(end, outer[1])] : [begin, end];
}
