import type { MaskSource, Recipe } from '../../src-main/contract/recipe.ts';
import { alphaOf, tilesFromPicture } from '../canvas/layer-pixels.ts';
import { context, newSurface, type Surface } from '../canvas/surface.ts';
import { addLayers, editSettings, setFrame, together } from '../document/commands.ts';
import { layersFromRecipe, pixelsOfRecipe, settingsFromRecipe, type RecallPart } from '../document/document-from-recipe.ts';
import type { Layer } from '../document/records.ts';
import type { TileMap } from '../document/tiles.ts';
import type { Studio } from './studio.svelte.ts';
import { precisionTitles } from './titles.ts';

/** Takes a recipe back into the document, as one step of the history. */
export async function applyRecipe(studio: Studio, recipe: Recipe, part: RecallPart): Promise<void> {
  const { document, models } = studio;
  const hasSettings = part === 'all' || part === 'remix';
  const start = recipe.image && (hasSettings || part === 'layers') ? await studio.fetchPicture(recipe.image.picture) : null;
  const layers = hasSettings || part === 'layers' ? await layersOfRecipe(studio, recipe, start) : [];
  const { width, height, ...defaults } = models.find(recipe.model)?.defaults ?? {};
  const size = recipe.size ?? (width !== undefined && height !== undefined ? { width, height } : undefined);
  const settings = settingsFromRecipe(recipe, part, {
    defaults,
    isOutpaint: start !== null && alphaOf(start).some((alpha) => alpha < 255),
  });
  document.apply(
    together(
      'Use a recipe',
      editSettings(document.records, settings, ''),
      ...(size && hasSettings ? [setFrame(document.records, { ...document.canvas.frame, ...size })] : []),
      addLayers(document.records, layers, null),
    ),
  );
  if (layers[0]) document.setActive(layers[0].id);
  studio.show('Canvas');
  if (part === 'all') offerPrecision(studio, recipe);
}

/** Precision belongs to the computer and not to the document, so that it is offered and not taken. */
function offerPrecision({ settings, toasts }: Studio, { engine: { precision } }: Recipe): void {
  const now = settings.value.precision;
  if (precision === now) return;
  const text = `This picture was drawn with precision ${precisionTitles[precision]}. With ${precisionTitles[now]} it comes out a little different on a CPU.`;
  toasts.show('info', text, { label: `Use ${precisionTitles[precision]}`, run: () => settings.set({ precision }) });
}

/** @param start the recipe's start picture, where it has one */
async function layersOfRecipe(studio: Studio, recipe: Recipe, start: Surface | null): Promise<Layer[]> {
  const { frame } = studio.document.canvas;
  const size = recipe.size ?? frame;
  const wanted = pixelsOfRecipe(recipe);
  const tiles = (surface: Surface) => tilesFromPicture(surface, { x: 0, y: 0 }, studio.canvas.tiles);
  const masks = new Map<string, TileMap>();
  for (const mask of wanted.masks) masks.set(JSON.stringify(mask), tiles(await maskSurface(studio, mask, size)));
  const pictures = new Map<string, TileMap>();
  for (const asset of wanted.pictures)
    pictures.set(asset, tiles(asset === recipe.image?.picture && start ? start : await studio.fetchPicture(asset)));
  return layersFromRecipe(recipe, {
    offset: { x: frame.x, y: frame.y },
    mask: (source) => masks.get(JSON.stringify(source)) ?? {},
    picture: (asset) => pictures.get(asset) ?? {},
    newId: () => studio.document.newId(),
  });
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
