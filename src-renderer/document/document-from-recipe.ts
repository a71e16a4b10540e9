import type { MaskSource, Recipe, RecipeReference } from '../../src-main/contract/recipe.ts';
import type { Point } from './geometry.ts';
import { newLayer } from './new-records.ts';
import type { ControlLayer, Layer, LayerId, MaskLayer, RasterLayer, Reference, RegionLayer, SettingsRecord } from './records.ts';
import type { TileMap } from './tiles.ts';

/** What is taken over from a recipe: everything, everything but the seed, or one part. */
export type RecallPart = 'all' | 'remix' | 'seed' | 'prompt' | 'layers';

/** What the recipe does not say by itself. */
export interface RecipeSurroundings {
  /** Usual values of its model, for what it leaves to the model. */
  readonly defaults: { readonly steps?: number | undefined; readonly guidance?: number | undefined };
  /** The start picture has transparent parts, which are drawn. */
  readonly isOutpaint: boolean;
}

/**
 * The settings of a document that draws what the recipe says. What belongs to the computer (`engine`) and what does not change the
 * picture (`capture`) stays as it is.
 */
export function settingsFromRecipe(
  recipe: Recipe,
  part: RecallPart,
  { defaults, isOutpaint }: RecipeSurroundings,
): Partial<SettingsRecord> {
  const { negative, embeddings, guidanceRescale, clipSkip, noise, schedule, image, inpaint } = recipe;
  const readsEmptyNegative = negative === '';
  const prompt = { prompt: recipe.prompt, negative: negative ?? '', readsEmptyNegative, syntax: recipe.syntax };
  const seed = { seed: recipe.seed, seedLocked: true };
  if (part === 'layers') return {};
  if (part === 'seed') return seed;
  if (part === 'prompt') return prompt;
  const steps = recipe.steps ?? defaults.steps;
  const guidance = recipe.guidance ?? defaults.guidance;
  return {
    ...prompt,
    ...(part === 'all' && seed),
    model: recipe.model,
    sampler: recipe.sampler ?? null,
    schedule,
    ...(steps !== undefined && { steps }),
    ...(guidance !== undefined && { guidance }),
    guidanceRescale,
    clipSkip,
    noise,
    loras: recipe.loras,
    embeddings,
    ...(image && (isOutpaint ? { outpaint: { strength: image.strength, feather: inpaint?.feather ?? 0 } } : { strength: image.strength })),
    ...(inpaint && (isOutpaint ? { infill: inpaint.infill } : { maskInfill: inpaint.infill })),
  };
}

/** Pixels of a recipe as tiles of new layers whose origin is the corner of the frame. */
export interface RecipePixels {
  readonly offset: Point;
  mask(source: MaskSource): TileMap;
  picture(asset: string): TileMap;
  newId(): LayerId;
}

/** The pictures and masks that `layersFromRecipe` asks for. */
export function pixelsOfRecipe({ regions, controls, inpaint, image }: Recipe) {
  return {
    masks: [
      ...regions.map(({ mask }) => mask),
      ...controls.flatMap(({ mask }) => mask ?? []),
      ...inpaintMasks(inpaint).map(({ mask }) => mask),
    ],
    pictures: [...controls.map(({ picture }) => picture), ...(image ? [image.picture] : [])],
  };
}

/** Layers that say what the recipe says, topmost first. */
export function layersFromRecipe(recipe: Recipe, pixels: RecipePixels): Layer[] {
  const regions = regionLayers(recipe, pixels);
  const controls = controlLayers(recipe, regions, pixels);
  const references = recipe.references.map((reference, index) => ({
    ...newLayer('reference', pixels.newId(), index),
    reference: referenceOf(reference),
  }));
  return [...regions, ...controls, ...references, ...maskLayers(recipe, pixels), ...pictureLayers(recipe, pixels)];
}

function regionLayers({ regions }: Recipe, { offset, newId, ...pixels }: RecipePixels): RegionLayer[] {
  return regions.map((region, index) => {
    const base = newLayer('region', newId(), index);
    const { mask, references, name, ...settings } = region;
    return { ...base, ...settings, name: name || base.name, references: references.map(referenceOf), offset, tiles: pixels.mask(mask) };
  });
}

/** A control layer's mask is that of a region; where none has it, of a hidden one that is made for it. */
function controlLayers({ regions, controls }: Recipe, made: readonly RegionLayer[], { offset, newId, ...pixels }: RecipePixels): Layer[] {
  return controls.flatMap(({ kind: adapter, picture, mask, ...settings }, index) => {
    const base = newLayer('control', newId(), index);
    const same = mask && made[regions.findIndex((region) => isSame(region.mask, mask))];
    const area: RegionLayer | undefined =
      mask && !same
        ? {
            ...newLayer('region', newId(), regions.length + index),
            name: `Area of ${base.name}`,
            hidden: true,
            offset,
            tiles: pixels.mask(mask),
          }
        : same;
    const layer: ControlLayer = { ...base, ...settings, adapter, maskLayer: area?.id ?? null, offset, tiles: pixels.picture(picture) };
    return area && !same ? [layer, area] : [layer];
  });
}

function isSame(one: MaskSource, other: MaskSource): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function inpaintMasks(inpaint: Recipe['inpaint']) {
  if (!inpaint) return [];
  const { mask, feather, grow, moreMasks = [] } = inpaint;
  return [...(mask ? [{ mask, feather, grow, share: 1 }] : []), ...moreMasks];
}

function maskLayers({ inpaint, image }: Recipe, { offset, newId, ...pixels }: RecipePixels): MaskLayer[] {
  const strength = image?.strength ?? 1;
  return inpaintMasks(inpaint).map(({ mask, feather, grow, share }, index) => {
    const focus = inpaint?.focus ?? false;
    return { ...newLayer('mask', newId(), index), feather, grow, focus, strength: strength * share, offset, tiles: pixels.mask(mask) };
  });
}

function pictureLayers({ image }: Recipe, { offset, newId, ...pixels }: RecipePixels): RasterLayer[] {
  return image ? [{ ...newLayer('raster', newId(), 0), name: 'Start picture', offset, tiles: pixels.picture(image.picture) }] : [];
}

function referenceOf({ picture, model, weight, range, method, mask, sha256 }: RecipeReference): Reference {
  return { picture, model: model ?? null, weight, range, method, ...(mask && { mask }), ...(sha256 !== undefined && { sha256 }) };
}
