import type { MaskSource, Recipe } from '../../src-main/contract/recipe.ts';
import { tilesFromPicture } from '../canvas/layer-pixels.ts';
import { context, newSurface, type Surface } from '../canvas/surface.ts';
import { addLayers, editSettings, setFrame, together } from '../document/commands.ts';
import { newLayer } from '../document/new-records.ts';
import type { Layer, SettingsRecord } from '../document/records.ts';
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

async function layersOfRecipe(studio: Studio, recipe: Recipe): Promise<Layer[]> {
  const { document, canvas } = studio;
  const { x, y } = document.canvas.frame;
  const offset = { x, y };
  const size = recipe.size ?? document.canvas.frame;
  const tilesOf = (surface: Surface) => tilesFromPicture(surface, { x: 0, y: 0 }, canvas.tiles);
  const layers: Layer[] = [];
  for (const [index, region] of recipe.regions.entries()) {
    const mask = await maskSurface(studio, region.mask, size);
    const { name, prompt, negative, strength, range, feather, autoNegative, isolate } = region;
    const base = newLayer('region', document.newId(), index);
    const references = region.references.map(({ picture, model, weight, range: own, method }) => ({
      picture,
      model: model ?? null,
      weight,
      range: own,
      method,
    }));
    const loras = region.loras.map(({ file, weight }) => ({ file, weight }));
    layers.push({
      ...base,
      name: name || base.name,
      prompt,
      negative,
      strength,
      range,
      feather,
      autoNegative,
      isolate,
      references,
      loras,
      offset,
      tiles: tilesOf(mask),
    });
  }
  for (const [index, control] of recipe.controls.entries()) {
    const picture = await studio.fetchPicture(control.picture);
    const { kind: adapter, model, strength, range, mode } = control;
    layers.push({
      ...newLayer('control', document.newId(), index),
      adapter,
      model,
      strength,
      range,
      mode,
      offset,
      tiles: tilesOf(picture),
    });
  }
  for (const [index, { picture, model, weight, range, method }] of recipe.references.entries()) {
    const reference = { picture, model: model ?? null, weight, range, method };
    layers.push({ ...newLayer('reference', document.newId(), index), reference });
  }
  if (recipe.inpaint) {
    const mask = await maskSurface(studio, recipe.inpaint.mask, size);
    const { feather, grow } = recipe.inpaint;
    layers.push({
      ...newLayer('mask', document.newId(), 0),
      feather,
      grow,
      strength: recipe.image?.strength ?? 1,
      offset,
      tiles: tilesOf(mask),
    });
  }
  if (recipe.image) {
    layers.push({
      ...newLayer('raster', document.newId(), 0),
      name: 'Start picture',
      offset,
      tiles: tilesOf(await studio.fetchPicture(recipe.image.picture)),
    });
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
