import type { MaskSource, Recipe, RecipeControl, RecipeReference } from '../../src-main/contract/recipe.ts';
import type { Point } from './geometry.ts';
import { newLayer } from './new-records.ts';
import type {
  ControlLayer,
  Layer,
  LayerId,
  MaskLayer,
  RasterLayer,
  Reference,
  ReferenceLayer,
  RegionLayer,
  SettingsRecord,
} from './records.ts';
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
    modelSha256: recipe.modelSha256,
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
export function pixelsOfRecipe({ regions, controls, references, inpaint, image }: Recipe) {
  return {
    masks: [
      ...regions.map(({ mask }) => mask),
      ...[...controls, ...references].flatMap(({ mask }) => mask ?? []),
      ...inpaintMasks(inpaint).map(({ mask }) => mask),
    ],
    pictures: [...controls.map(({ picture }) => picture), ...(image ? [image.picture] : [])],
  };
}

/** Layers that say what the recipe says, topmost first. */
export function layersFromRecipe(recipe: Recipe, pixels: RecipePixels): Layer[] {
  const regions = regionLayers(recipe, pixels);
  const areas = new Areas(recipe, regions, pixels);
  const controls = recipe.controls.flatMap((control, index) => controlLayers(control, index, areas, pixels));
  const references = recipe.references.flatMap((reference, index) => referenceLayers(reference, index, areas, pixels));
  return [...regions, ...controls, ...references, ...maskLayers(recipe, pixels), ...pictureLayers(recipe, pixels)];
}

function regionLayers({ regions }: Recipe, { offset, newId, ...pixels }: RecipePixels): RegionLayer[] {
  return regions.map((region, index) => {
    const base = newLayer('region', newId(), index);
    const { mask, references, name, ...settings } = region;
    return { ...base, ...settings, name: name || base.name, references: references.map(referenceOf), offset, tiles: pixels.mask(mask) };
  });
}

/** The masks of control layers and references are those of regions; where none has it, of a hidden one that is made for it. */
class Areas {
  readonly #pixels: RecipePixels;
  readonly #byMask: Map<string, LayerId>;

  constructor({ regions }: Recipe, made: readonly RegionLayer[], pixels: RecipePixels) {
    this.#pixels = pixels;
    this.#byMask = new Map(regions.map(({ mask }, index): [string, LayerId] => [JSON.stringify(mask), made[index]!.id]).toReversed());
  }

  /** What limits a layer, and the region that has to be made for it. */
  limit(name: string, mask: MaskSource | undefined): { readonly maskLayer: LayerId | null; readonly area: readonly RegionLayer[] } {
    if (mask === undefined) return { maskLayer: null, area: [] };
    const key = JSON.stringify(mask);
    const there = this.#byMask.get(key);
    if (there !== undefined) return { maskLayer: there, area: [] };
    const { newId, offset } = this.#pixels;
    const base = newLayer('region', newId(), this.#byMask.size);
    this.#byMask.set(key, base.id);
    return { maskLayer: base.id, area: [{ ...base, name: `Area of ${name}`, hidden: true, offset, tiles: this.#pixels.mask(mask) }] };
  }
}

function controlLayers(
  { kind: adapter, picture, mask, ...settings }: RecipeControl,
  index: number,
  areas: Areas,
  { newId, offset, ...pixels }: RecipePixels,
): Layer[] {
  const base = newLayer('control', newId(), index);
  const { maskLayer, area } = areas.limit(base.name, mask);
  const layer: ControlLayer = { ...base, ...settings, adapter, maskLayer, offset, tiles: pixels.picture(picture) };
  return [layer, ...area];
}

function referenceLayers({ mask, ...reference }: RecipeReference, index: number, areas: Areas, { newId }: RecipePixels): Layer[] {
  const base = newLayer('reference', newId(), index);
  const { maskLayer, area } = areas.limit(base.name, mask);
  const layer: ReferenceLayer = { ...base, maskLayer, reference: referenceOf(reference) };
  return [layer, ...area];
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
