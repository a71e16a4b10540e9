import type { MaskSource, Recipe, RecipeReference } from '../../src-main/contract/recipe.ts';
import { tilesFromPicture } from '../canvas/layer-pixels.ts';
import { context, newSurface, type Surface } from '../canvas/surface.ts';
import { addLayers, editSettings, setFrame, together } from '../document/commands.ts';
import type { Point } from '../document/geometry.ts';
import { newLayer } from '../document/new-records.ts';
import type { Layer, Reference, SettingsRecord } from '../document/records.ts';
import type { TileMap } from '../document/tiles.ts';
import type { Studio } from './studio.svelte.ts';

/** What is taken over from a recipe: everything, everything but the seed, or one part. */
export type RecallPart = 'all' | 'remix' | 'seed' | 'prompt' | 'layers';

/** Takes a recipe back into the document, as one step of the history. */
export async function applyRecipe(studio: Studio, recipe: Recipe, part: RecallPart): Promise<void> {
  const { document } = studio;
  const layers = part === 'all' || part === 'remix' || part === 'layers' ? await layersOfRecipe(studio, recipe) : [];
  const size = part === 'all' || part === 'remix' ? recipe.size : undefined;
  document.apply(
    together(
      'Use a recipe',
      editSettings(document.records, settingsOfRecipe(recipe, part), ''),
      ...(size ? [setFrame(document.records, { ...document.canvas.frame, ...size })] : []),
      addLayers(document.records, layers, null),
    ),
  );
  if (layers[0]) document.setActive(layers[0].id);
  studio.show('Canvas');
}

function settingsOfRecipe(recipe: Recipe, part: RecallPart): Partial<SettingsRecord> {
  const prompt = { prompt: recipe.prompt, negative: recipe.negative ?? '', syntax: recipe.syntax };
  const seed = { seed: recipe.seed, seedLocked: true };
  if (part === 'layers') return {};
  if (part === 'seed') return seed;
  if (part === 'prompt') return prompt;
  return {
    ...prompt,
    ...(part === 'all' && seed),
    model: recipe.model,
    sampler: recipe.sampler ?? null,
    schedule: recipe.schedule,
    ...(recipe.steps !== undefined && { steps: recipe.steps }),
    ...(recipe.guidance !== undefined && { guidance: recipe.guidance }),
    ...(recipe.image && { strength: recipe.image.strength }),
    loras: recipe.loras.map(({ file, weight }) => ({ file, weight })),
  };
}

interface Room {
  readonly studio: Studio;
  readonly recipe: Recipe;
  /** Corner of the frame: where the layers are put. */
  readonly offset: Point;
  readonly size: { readonly width: number; readonly height: number };
  tiles(surface: Surface): TileMap;
}

async function layersOfRecipe(studio: Studio, recipe: Recipe): Promise<Layer[]> {
  const { frame } = studio.document.canvas;
  const room: Room = {
    studio,
    recipe,
    offset: { x: frame.x, y: frame.y },
    size: recipe.size ?? frame,
    tiles: (surface) => tilesFromPicture(surface, { x: 0, y: 0 }, studio.canvas.tiles),
  };
  return [...(await regionLayers(room)), ...(await controlLayers(room)), ...referenceLayers(room), ...(await pictureLayers(room))];
}

function regionLayers({ studio, recipe, offset, size, tiles }: Room): Promise<Layer[]> {
  return Promise.all(
    recipe.regions.map(async (region, index): Promise<Layer> => {
      const base = newLayer('region', studio.document.newId(), index);
      const { name, prompt, negative, strength, range, feather, autoNegative, isolate } = region;
      const settings = { name: name || base.name, prompt, negative, strength, range, feather, autoNegative, isolate };
      const references = region.references.map(referenceOf);
      const loras = region.loras.map(({ file, weight }) => ({ file, weight }));
      return { ...base, ...settings, references, loras, offset, tiles: tiles(await maskSurface(studio, region.mask, size)) };
    }),
  );
}

function controlLayers({ studio, recipe, offset, tiles }: Room): Promise<Layer[]> {
  return Promise.all(
    recipe.controls.map(async ({ kind: adapter, model, strength, range, mode, picture }, index): Promise<Layer> => {
      const base = newLayer('control', studio.document.newId(), index);
      return { ...base, adapter, model, strength, range, mode, offset, tiles: tiles(await studio.fetchPicture(picture)) };
    }),
  );
}

function referenceLayers({ studio, recipe }: Room): Layer[] {
  return recipe.references.map((reference, index) => ({
    ...newLayer('reference', studio.document.newId(), index),
    reference: referenceOf(reference),
  }));
}

function referenceOf({ picture, model, weight, range, method }: RecipeReference): Reference {
  return { picture, model: model ?? null, weight, range, method };
}

/** The inpaint mask above the picture that the run started from. */
async function pictureLayers({ studio, recipe, offset, size, tiles }: Room): Promise<Layer[]> {
  const layers: Layer[] = [];
  if (recipe.inpaint?.mask) {
    const { mask, feather, grow, focus } = recipe.inpaint;
    const strength = recipe.image?.strength ?? 1;
    const base = newLayer('mask', studio.document.newId(), 0);
    layers.push({ ...base, feather, grow, focus, strength, offset, tiles: tiles(await maskSurface(studio, mask, size)) });
  }
  if (recipe.image) {
    const base = newLayer('raster', studio.document.newId(), 0);
    layers.push({ ...base, name: 'Start picture', offset, tiles: tiles(await studio.fetchPicture(recipe.image.picture)) });
  }
  return layers;
}

/** A mask of a recipe as white pixels whose alpha is the mask's grey. */
async function maskSurface(studio: Studio, mask: MaskSource, size: { readonly width: number; readonly height: number }): Promise<Surface> {
  const surface = newSurface(size.width, size.height);
  const target = context(surface);
  if ('rectangle' in mask) {
    const { x, y, width, height } = mask.rectangle;
    target.fillStyle = '#fff';
    target.fillRect(x, y, width, height);
    return surface;
  }
  const grey = await studio.fetchPicture(mask.asset);
  const image = context(grey).getImageData(0, 0, grey.width, grey.height);
  for (let index = 0; index < image.data.length; index += 4) {
    image.data[index + 3] = image.data[index] ?? 0;
    image.data.fill(255, index, index + 3);
  }
  const white = newSurface(grey.width, grey.height);
  context(white).putImageData(image, 0, 0);
  target.drawImage(white, 0, 0, size.width, size.height);
  return surface;
}
