import { describe, expect, it } from 'vitest';
import { recipeSchema, type MaskSource, type Recipe, type RecipeInput } from '../../src-main/contract/recipe.ts';
import { addLayers, editSettings, layersOf, setFrame, together } from './commands.ts';
import { layersFromRecipe, pixelsOfRecipe, settingsFromRecipe } from './document-from-recipe.ts';
import { DocumentStore } from './history.ts';
import { newDocument } from './new-records.ts';
import { recipeFromDocument, type FrameContent } from './recipe-from-document.ts';
import type { Layer, LayerId } from './records.ts';
import type { TileId } from './tiles.ts';

const asset = (digit: string) => digit.repeat(64);
const mask = (digit: string) => ({ asset: asset(digit) });

/** Every field that can be written down is there, with a value that is not its default. */
const everything: RecipeInput = {
  model: 'another model',
  modelSha256: asset('0'),
  prompt: 'a harbour (at dusk:1.2), inkwash',
  negative: 'people',
  syntax: 'comfy',
  size: { width: 384, height: 320 },
  sampler: 'dpmpp_2m_k',
  schedule: 'beta',
  steps: 17,
  guidance: 4.5,
  guidanceRescale: 0.3,
  clipSkip: 2,
  seed: 12345,
  noise: 'philox',
  image: { picture: asset('1'), strength: 0.8 },
  inpaint: {
    mask: mask('2'),
    feather: 12,
    grow: -3,
    moreMasks: [{ mask: mask('3'), feather: 0, grow: 9, share: 0.5 }],
    infill: 'patch',
    focus: true,
  },
  regions: [
    {
      name: 'House',
      mask: mask('4'),
      prompt: 'a red house',
      negative: 'windows',
      strength: 1.5,
      range: [0.1, 0.9],
      feather: 4,
      autoNegative: true,
      isolate: true,
      references: [{ picture: asset('5'), model: 'plus', weight: 0.4, range: [0, 0.5], method: 'style', mask: mask('6') }],
      loras: [{ file: 'ink.safetensors', weight: 0.5, textWeight: 0.25, sha256: asset('a') }],
    },
  ],
  controls: [
    {
      kind: 't2i-adapter',
      model: 'lines',
      picture: asset('7'),
      strength: 0.7,
      range: [0, 0.6],
      mode: 'control',
      mask: mask('4'),
      sha256: asset('e'),
    },
    { kind: 'controlnet', model: 'depth', picture: asset('8'), strength: 1.2, range: [0.2, 1], mode: 'prompt', mask: mask('9') },
  ],
  references: [
    { picture: asset('b'), model: 'plus', weight: -0.5, range: [0.5, 1], method: 'composition', mask: mask('6'), sha256: asset('f') },
  ],
  loras: [{ file: 'night.safetensors', weight: 0.9, textWeight: 0, sha256: asset('c') }],
  embeddings: [{ file: 'inkwash.pt', word: 'inkwash', sha256: asset('d') }],
  capture: true,
};

const isOpaque = { content: 'opaque', isOutpaint: false } as const;
const isPartly = { content: 'partly', isOutpaint: true } as const;

/** Into a document and out again; the pixels of a layer are one tile that has the name of its picture. */
function thereAndBack(recipe: Recipe, { content, isOutpaint }: { readonly content: FrameContent; readonly isOutpaint: boolean }): Recipe {
  const store = new DocumentStore(newDocument());
  let count = 0;
  const tile = (name: string) => ({ '0,0': name as TileId });
  const layers = layersFromRecipe(recipe, {
    offset: { x: 0, y: 0 },
    mask: (source: MaskSource) => tile('asset' in source ? source.asset : ''),
    picture: tile,
    newId: () => `layer ${count++}` as LayerId,
  });
  store.apply(
    together(
      '',
      editSettings(store.records, settingsFromRecipe(recipe, 'all', { defaults: {}, isOutpaint }), ''),
      setFrame(store.records, { x: 0, y: 0, width: 512, height: 512, ...recipe.size }),
      addLayers(store.records, layers, null),
    ),
  );
  const pixels = (kind: Layer['kind']) =>
    new Map(layersOf(store.records).flatMap((layer) => (layer.kind === kind ? [[layer.id, layer.tiles['0,0'] ?? '']] : [])));
  const picture = [...pixels('raster').values()][0];
  const assets = {
    content,
    ...(picture !== undefined && { picture }),
    regionMasks: pixels('region'),
    controlPictures: pixels('control'),
    inpaintMasks: pixels('mask'),
    crops: new Map(),
  };
  return recipeSchema.parse(recipeFromDocument(store.records, assets));
}

describe('a recipe that is used again', () => {
  it('comes out of the document as it went in, with everything that a recipe can say', () => {
    const recipe = recipeSchema.parse(everything);
    expect(thereAndBack(recipe, isOpaque)).toEqual(recipe);
  });

  it('is tried with every field but those of this computer', () => {
    const own = ['version', 'engine'];
    expect(Object.keys(everything).toSorted()).toEqual(
      Object.keys(recipeSchema.shape)
        .filter((name) => !own.includes(name))
        .toSorted(),
    );
  });

  it('keeps how the empty part of the frame is drawn', () => {
    const inpaint = { feather: 30, infill: 'tile', moreMasks: [{ mask: mask('3'), feather: 2, grow: 1, share: 0.25 }] } as const;
    const recipe = recipeSchema.parse({ ...everything, inpaint });
    expect(thereAndBack(recipe, isPartly)).toEqual(recipe);
  });

  it('keeps an empty negative prompt apart from a missing one', () => {
    for (const negative of ['', undefined]) {
      const recipe = recipeSchema.parse({ prompt: 'a house', seed: 1, ...(negative !== undefined && { negative }) });
      expect(thereAndBack(recipe, { ...isOpaque, content: 'transparent' }).negative).toBe(negative);
    }
  });

  it('asks for every picture and mask once or more, and for nothing else', () => {
    const { masks, pictures } = pixelsOfRecipe(recipeSchema.parse(everything));
    expect(masks).toEqual([mask('4'), mask('4'), mask('9'), mask('6'), mask('2'), mask('3')]);
    expect(pictures).toEqual([asset('7'), asset('8'), asset('1')]);
  });

  it('takes what it leaves to the model from the model', () => {
    const recipe = recipeSchema.parse({ prompt: 'a house', seed: 1 });
    const settings = settingsFromRecipe(recipe, 'remix', { defaults: { steps: 28, guidance: 3 }, isOutpaint: false });
    expect(settings).toMatchObject({ steps: 28, guidance: 3, clipSkip: 0, loras: [] });
    expect(settings).not.toHaveProperty('seed');
  });

  it('limits control layers and references by the region that has their mask, else by a hidden one that they share', () => {
    const again = { ...everything.references![0]!, mask: mask('9') };
    const layers = layersFromRecipe(recipeSchema.parse({ ...everything, references: [...everything.references!, again] }), {
      offset: { x: 0, y: 0 },
      mask: () => ({}),
      picture: () => ({}),
      newId: (
        (count) => () =>
          `layer ${count++}` as LayerId
      )(0),
    });
    const limited = layers.filter((layer) => layer.kind === 'control' || layer.kind === 'reference');
    expect(limited.map(({ maskLayer }) => layers.find(({ id }) => id === maskLayer))).toMatchObject([
      { name: 'House', hidden: false },
      { name: 'Area of Control layer 2', hidden: true },
      { name: 'Area of Reference image', hidden: true },
      { name: 'Area of Control layer 2', hidden: true },
    ]);
  });
});
