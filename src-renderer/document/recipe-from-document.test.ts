import { describe, expect, it } from 'vitest';
import { recipeSchema } from '../../src-main/contract/recipe.ts';
import { addLayers, editSettings, removeLayer } from './commands.ts';
import { DocumentStore } from './history.ts';
import { newDocument, newLayer } from './new-records.ts';
import {
  cropKey,
  croppedReferences,
  maskRegions,
  modeOf,
  planTitle,
  recipeFromDocument,
  type FrameAssets,
} from './recipe-from-document.ts';
import type { LayerId, MaskLayer, Reference } from './records.ts';

const asset = (digit: string) => digit.repeat(64);
const empty: FrameAssets = {
  content: 'transparent',
  regionMasks: new Map(),
  controlPictures: new Map(),
  crops: new Map(),
  inpaintMasks: new Map(),
};
const id = (text: string) => text as LayerId;

describe('the mode of a run', () => {
  it.each([
    ['transparent', false, 'text to image'],
    ['transparent', true, 'text to image'],
    ['partly', false, 'outpaint'],
    ['partly', true, 'outpaint'],
    ['opaque', false, 'image to image'],
    ['opaque', true, 'inpaint'],
  ] as const)('is, with a %s frame and a painted mask %s: %s', (content, hasMask, mode) => {
    expect(modeOf(content, hasMask)).toBe(mode);
  });

  it('is told with what takes part', () => {
    expect(planTitle('inpaint', { regions: 2, controls: 1, references: 0 })).toBe('Inpaint, 2 regions, 1 control layer');
  });
});

describe('the recipe of a document', () => {
  it('is valid and plain for an empty document', () => {
    const store = new DocumentStore(newDocument('Test', { x: 64, y: 0, width: 256, height: 320 }));
    store.apply(editSettings(store.records, { prompt: 'a red house', seed: 0 }, ''));
    const recipe = recipeSchema.parse(recipeFromDocument(store.records, empty));
    expect(recipe).toMatchObject({ prompt: 'a red house', size: { width: 256, height: 320 }, seed: 0, regions: [], controls: [] });
    expect(recipe.negative).toBeUndefined();
    expect(recipe.image).toBeUndefined();
    expect(recipe.inpaint).toBeUndefined();
  });

  it('takes regions from top to bottom with their masks, and leaves out what is hidden or outside the frame', () => {
    const store = new DocumentStore(newDocument());
    const top = { ...newLayer('region', id('top'), 0), prompt: 'boat', range: [0, 0.8] as const };
    const hidden = { ...newLayer('region', id('hidden'), 1), hidden: true };
    const outside = newLayer('region', id('outside'), 2);
    const bottom = { ...newLayer('region', id('bottom'), 3), prompt: 'house', autoNegative: true };
    store.apply(addLayers(store.records, [top, hidden, outside, bottom], null));
    const regionMasks = new Map([[top.id, asset('a')], [bottom.id, asset('b')]]); // prettier-ignore
    const recipe = recipeSchema.parse(recipeFromDocument(store.records, { ...empty, regionMasks }));
    expect(recipe.regions.map(({ prompt, mask, range, autoNegative }) => ({ prompt, mask, range, autoNegative }))).toEqual([
      { prompt: 'boat', mask: { asset: asset('a') }, range: [0, 0.8], autoNegative: false },
      { prompt: 'house', mask: { asset: asset('b') }, range: [0, 1], autoNegative: true },
    ]);
  });

  it('limits a control layer by the mask of its region', () => {
    const store = new DocumentStore(newDocument());
    const region = newLayer('region', id('r'), 0);
    const control = { ...newLayer('control', id('c'), 0), model: 'lines', maskLayer: region.id };
    const without = newLayer('control', id('no-model'), 1);
    store.apply(addLayers(store.records, [control, without, region], null));
    const controlPictures = new Map([[control.id, asset('c')], [without.id, asset('d')]]); // prettier-ignore
    const recipe = recipeSchema.parse(
      recipeFromDocument(store.records, { ...empty, controlPictures, regionMasks: new Map([[region.id, asset('a')]]) }),
    );
    expect(recipe.controls).toMatchObject([{ kind: 'controlnet', model: 'lines', picture: asset('c'), mask: { asset: asset('a') } }]);
  });

  it('keeps a control layer in its region when the region is hidden, and out of the run when the region is empty', () => {
    const store = new DocumentStore(newDocument());
    const region = { ...newLayer('region', id('r'), 0), hidden: true };
    const control = { ...newLayer('control', id('c'), 0), model: 'lines', maskLayer: region.id };
    store.apply(addLayers(store.records, [control, region], null));
    expect(maskRegions(store.records).map((layer) => layer.id)).toEqual(['r']);
    const assets = { ...empty, controlPictures: new Map([[control.id, asset('c')]]) };
    const inside = recipeFromDocument(store.records, { ...assets, regionMasks: new Map([[region.id, asset('a')]]) });
    expect(inside).toMatchObject({ regions: [], controls: [{ mask: { asset: asset('a') } }] });
    expect(recipeFromDocument(store.records, assets).controls).toEqual([]);
  });

  it('limits a reference by the mask of its region, hidden or not, and leaves it out when the region is empty', () => {
    const store = new DocumentStore(newDocument());
    const region = { ...newLayer('region', id('r'), 0), hidden: true };
    const shown: Reference = { picture: asset('1'), model: null, weight: 1, range: [0, 1], method: 'full' };
    const layer = { ...newLayer('reference', id('i'), 0), reference: shown, maskLayer: region.id };
    store.apply(addLayers(store.records, [layer, region], null));
    expect(maskRegions(store.records).map((each) => each.id)).toEqual(['r']);
    const inside = recipeFromDocument(store.records, { ...empty, regionMasks: new Map([[region.id, asset('a')]]) });
    expect(inside).toMatchObject({ regions: [], references: [{ picture: asset('1'), mask: { asset: asset('a') } }] });
    expect(recipeFromDocument(store.records, empty).references).toEqual([]);
    store.apply(removeLayer(store.records, region.id));
    expect(recipeFromDocument(store.records, empty).references).toMatchObject([{ picture: asset('1') }]);
  });

  it('leaves out regions that say nothing, but not those that shut out the rest', () => {
    const store = new DocumentStore(newDocument());
    const silent = newLayer('region', id('a'), 0);
    const isolated = { ...newLayer('region', id('b'), 1), isolate: true };
    store.apply(addLayers(store.records, [silent, isolated], null));
    const regionMasks = new Map([[silent.id, asset('a')], [isolated.id, asset('b')]]); // prettier-ignore
    expect(recipeFromDocument(store.records, { ...empty, regionMasks }).regions).toMatchObject([{ mask: { asset: asset('b') } }]);
  });

  it('names the cut part of a reference picture in the place of the picture', () => {
    const store = new DocumentStore(newDocument());
    const whole: Reference = { picture: asset('1'), model: null, weight: 1, range: [0, 1], method: 'full' };
    const part: Reference = { ...whole, crop: { x: 4, y: 8, width: 32, height: 16 } };
    const layers = [whole, part].map((reference, index) => ({ ...newLayer('reference', id(`${index}`), index), reference }));
    const region = { ...newLayer('region', id('r'), 0), references: [part] };
    store.apply(addLayers(store.records, [...layers, region], null));
    expect(croppedReferences(store.records)).toEqual([part, part]);
    const assets = { ...empty, regionMasks: new Map([[region.id, asset('a')]]), crops: new Map([[cropKey(part) ?? '', asset('2')]]) };
    const recipe = recipeSchema.parse(recipeFromDocument(store.records, assets));
    expect(recipe.references.map(({ picture }) => picture)).toEqual([asset('1'), asset('2')]);
    expect(recipe.regions[0]?.references[0]?.picture).toBe(asset('2'));
  });

  it('inpaints with the strength, growth and feather of the mask', () => {
    const { recipe } = inpainted([{ strength: 0.6, grow: 4, feather: 12 }]);
    expect(recipe.image).toEqual({ picture: asset('1'), strength: 0.6 });
    expect(recipe.inpaint).toEqual({ mask: { asset: asset('2') }, grow: 4, feather: 12, infill: 'none', focus: false });
  });

  it('gives every mask its own growth, feather and strength, those that change most first', () => {
    const { recipe } = inpainted([{ strength: 0.2, grow: 4, feather: 12 }, { strength: 0.8, grow: -2 }, { strength: 0.4, feather: 0 }]); // prettier-ignore
    expect(recipe.image?.strength).toBe(0.8);
    expect(recipe.inpaint).toMatchObject({ mask: { asset: asset('3') }, grow: -2, feather: 8 });
    expect(recipe.inpaint?.moreMasks).toEqual([
      { mask: { asset: asset('4') }, grow: 0, feather: 0, share: 0.5 },
      { mask: { asset: asset('2') }, grow: 4, feather: 12, share: 0.25 },
    ]);
  });

  it('leaves out a mask that has nothing in the frame, with its values', () => {
    const { store, assets } = inpainted([{ strength: 1, grow: 40 }, { strength: 0.5 }]);
    const { inpaint, image } = recipeFromDocument(store.records, { ...assets, inpaintMasks: new Map([...assets.inpaintMasks].slice(1)) });
    expect([image?.strength, inpaint?.grow, inpaint?.moreMasks]).toEqual([0.5, 0, undefined]);
  });

  it('focuses where one of the masks says so', () => {
    expect(inpainted([{}, { focus: true }]).recipe.inpaint).toMatchObject({ focus: true });
  });

  it('outpaints with all of the schedule and the chosen infill', () => {
    const store = new DocumentStore(newDocument());
    const recipe = recipeSchema.parse(recipeFromDocument(store.records, { ...empty, content: 'partly', picture: asset('1') }));
    expect(recipe.image).toEqual({ picture: asset('1'), strength: 1 });
    expect(recipe.inpaint).toEqual({ feather: 8, grow: 0, infill: 'blur', focus: false });
  });

  it('outpaints in full beside a mask that changes little', () => {
    const { store, assets } = inpainted([{ strength: 0.3, grow: 2 }]);
    const recipe = recipeSchema.parse(recipeFromDocument(store.records, { ...assets, content: 'partly' }));
    expect(recipe.image?.strength).toBe(1);
    expect(recipe.inpaint).toMatchObject({ feather: 8, grow: 0, moreMasks: [{ mask: { asset: asset('2') }, grow: 2, share: 0.3 }] });
  });
});

/** An opaque frame with painted masks, from top to bottom. */
function inpainted(fields: readonly Partial<MaskLayer>[]) {
  const store = new DocumentStore(newDocument());
  const masks = fields.map((values, index) => ({ ...newLayer('mask', id(`m${index}`), index), ...values }));
  store.apply(addLayers(store.records, masks, null));
  const inpaintMasks = new Map(masks.map((mask, index) => [mask.id, asset(String(index + 2))]));
  const assets: FrameAssets = { ...empty, content: 'opaque', picture: asset('1'), inpaintMasks };
  return { store, assets, recipe: recipeSchema.parse(recipeFromDocument(store.records, assets)) };
}
