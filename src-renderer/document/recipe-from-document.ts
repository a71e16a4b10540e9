import type { MaskSource, RecipeInput } from '../../src-main/contract/recipe.ts';
import { canvasOf, layersOf, settingsOf } from './commands.ts';
import type { RecordMap } from './delta.ts';
import { defaultOutpaint } from './new-records.ts';
import type { ControlLayer, LayerId, MaskLayer, Reference, ReferenceLayer, RegionLayer, SettingsRecord } from './records.ts';

/** How a run treats the frame; follows from what lies in it. */
export type Mode = 'text to image' | 'outpaint' | 'image to image' | 'inpaint';

/** What the raster layers cover of the frame. */
export type FrameContent = 'transparent' | 'partly' | 'opaque';

/** Pixels of the frame, uploaded: asset ids. Layers that have none in the frame are missing from the maps. */
export interface FrameAssets {
  readonly content: FrameContent;
  /** Composite of the raster layers; present unless the frame is transparent. */
  readonly picture?: string;
  readonly regionMasks: ReadonlyMap<LayerId, string>;
  readonly controlPictures: ReadonlyMap<LayerId, string>;
  /** Cut parts of reference pictures, by `cropKey`. */
  readonly crops: ReadonlyMap<string, string>;
  readonly inpaintMasks: ReadonlyMap<LayerId, string>;
}

export function modeOf(content: FrameContent, hasPaintedMask: boolean): Mode {
  if (content === 'transparent') return 'text to image';
  if (content === 'partly') return 'outpaint';
  return hasPaintedMask ? 'inpaint' : 'image to image';
}

const modeTitles: Readonly<Record<Mode, string>> = {
  'text to image': 'Text to image',
  outpaint: 'Outpaint',
  'image to image': 'Image to image',
  inpaint: 'Inpaint',
};

/** "Inpaint, 2 regions, 1 control layer". */
export function planTitle(
  mode: Mode,
  counts: { readonly regions: number; readonly controls: number; readonly references: number },
): string {
  const part = (count: number, one: string, many: string) => (count === 0 ? [] : [`${count} ${count === 1 ? one : many}`]);
  return [
    modeTitles[mode],
    ...part(counts.regions, 'region', 'regions'),
    ...part(counts.controls, 'control layer', 'control layers'),
    ...part(counts.references, 'reference', 'references'),
  ].join(', ');
}

/** Layers that take part in a run: visible, and complete enough to say something to the engine. */
export function activeLayers(records: RecordMap) {
  const visible = layersOf(records).filter((layer) => !layer.hidden);
  return {
    regions: visible.filter((layer) => layer.kind === 'region'),
    controls: visible.filter((layer) => layer.kind === 'control').filter((layer) => layer.model !== null),
    references: visible.filter((layer) => layer.kind === 'reference').filter((layer) => layer.reference !== null),
    masks: visible.filter((layer) => layer.kind === 'mask'),
    rasters: visible.filter((layer) => layer.kind === 'raster'),
  };
}

/**
 * The recipe that the document says. Region order is kept from top to bottom; a region or control layer without pixels in the
 * frame is left out. Seed is the document's own: batches count up from it.
 */
export function recipeFromDocument(records: RecordMap, assets: FrameAssets): RecipeInput {
  const settings = settingsOf(records);
  const { frame } = canvasOf(records);
  const layers = activeLayers(records);
  const masks = paintedMasks(layers.masks, assets);
  const mode = modeOf(assets.content, masks.length > 0);
  const regions = layers.regions.flatMap((region) => {
    const asset = assets.regionMasks.get(region.id);
    if (asset === undefined || !saysSomething(region)) return [];
    const { name, prompt, negative, strength, feather, autoNegative, isolate } = region;
    const references = region.references.map((reference) => referenceInput(reference, assets));
    const loras = region.loras.map((lora) => ({ ...lora }));
    return [
      { name, mask: { asset }, prompt, negative, strength, range: pair(region.range), feather, autoNegative, isolate, references, loras },
    ];
  });
  const controls = layers.controls.flatMap((control) => controlInput(control, assets));
  const references = layers.references.flatMap((layer) => {
    const limit = limitOf(layer, assets);
    return layer.reference === null || limit === null ? [] : [{ ...referenceInput(layer.reference, assets), ...limit }];
  });
  return {
    model: settings.model,
    ...(settings.modelSha256 !== undefined && { modelSha256: settings.modelSha256 }),
    prompt: settings.prompt,
    ...((settings.negative !== '' || settings.readsEmptyNegative) && { negative: settings.negative }),
    syntax: settings.syntax,
    size: { width: frame.width, height: frame.height },
    ...(settings.sampler !== null && { sampler: settings.sampler }),
    schedule: settings.schedule,
    steps: settings.steps,
    guidance: settings.guidance,
    guidanceRescale: settings.guidanceRescale ?? 0,
    clipSkip: settings.clipSkip ?? 0,
    noise: settings.noise ?? 'torch-cpu',
    seed: settings.seed,
    ...imageInput(mode, assets, settings, masks),
    ...inpaintInput(mode, settings, masks),
    regions,
    controls,
    references,
    loras: settings.loras.map((lora) => ({ ...lora })),
    embeddings: (settings.embeddings ?? []).map((embedding) => ({ ...embedding })),
    capture: settings.capture,
  };
}

/** Nothing where the layer has no model, no pixels in the frame, or nowhere to act. */
function controlInput(control: ControlLayer, assets: FrameAssets): NonNullable<RecipeInput['controls']> {
  const { adapter: kind, model, strength, mode, sha256 } = control;
  const picture = assets.controlPictures.get(control.id);
  const limit = limitOf(control, assets);
  if (picture === undefined || model === null || limit === null) return [];
  return [{ kind, model, picture, strength, range: pair(control.range), mode, ...limit, ...(sha256 !== undefined && { sha256 }) }];
}

function imageInput(
  mode: Mode,
  { picture }: FrameAssets,
  settings: SettingsRecord,
  masks: readonly PaintedMask[],
): Pick<RecipeInput, 'image'> {
  if (mode === 'text to image' || picture === undefined) return {};
  return { image: { picture, strength: strengthOf(mode, settings, masks) } };
}

/** How much of the schedule runs: as much as the part of the frame that changes most asks for. */
function strengthOf(mode: Mode, { strength, outpaint = defaultOutpaint }: SettingsRecord, masks: readonly PaintedMask[]): number {
  if (mode === 'image to image') return strength;
  return mode === 'outpaint' ? outpaint.strength : (masks[0]?.layer.strength ?? 1);
}

interface PaintedMask {
  readonly layer: MaskLayer;
  readonly mask: MaskSource;
}

/** Masks with pixels in the frame, those that change most first. */
function paintedMasks(masks: readonly MaskLayer[], { inpaintMasks }: FrameAssets): PaintedMask[] {
  return masks
    .flatMap((layer) => {
      const asset = inpaintMasks.get(layer.id);
      return asset === undefined ? [] : [{ layer, mask: { asset } }];
    })
    .sort((a, b) => b.layer.strength - a.layer.strength);
}

/** Each mask keeps its own growth, feather and strength. When outpainting, the engine finds by itself what is empty. */
function inpaintInput(mode: Mode, settings: SettingsRecord, masks: readonly PaintedMask[]): Pick<RecipeInput, 'inpaint'> {
  if (mode !== 'inpaint' && mode !== 'outpaint') return {};
  const { infill, maskInfill = 'none', outpaint = defaultOutpaint } = settings;
  const [first, ...rest] = masks;
  const others = mode === 'outpaint' ? masks : rest;
  const all = strengthOf(mode, settings, masks);
  const moreMasks = others.map(({ layer: { feather, grow, strength }, mask }) => ({
    mask,
    feather,
    grow,
    share: all === 0 ? 1 : Math.min(1, strength / all),
  }));
  return {
    inpaint: {
      ...(mode === 'inpaint' && first
        ? { mask: first.mask, feather: first.layer.feather, grow: first.layer.grow }
        : { feather: outpaint.feather }),
      ...(moreMasks.length > 0 && { moreMasks }),
      infill: mode === 'outpaint' ? infill : maskInfill,
      ...(masks.some(({ layer }) => layer.focus) && { focus: true }),
    },
  };
}

/** Regions whose masks a run needs: visible ones, and those that limit a visible control layer or reference, hidden or not. */
export function maskRegions(records: RecordMap): RegionLayer[] {
  const { controls, references } = activeLayers(records);
  const limited = [...controls, ...references];
  return layersOf(records)
    .filter((layer) => layer.kind === 'region')
    .filter((region) => !region.hidden || limited.some(({ maskLayer }) => maskLayer === region.id));
}

/** The mask of a layer that a region limits, if any; null where that region has nothing in the frame, so that there is nowhere to act. */
function limitOf({ maskLayer = null }: ControlLayer | ReferenceLayer, { regionMasks }: FrameAssets): { mask?: MaskSource } | null {
  if (maskLayer === null) return {};
  const asset = regionMasks.get(maskLayer);
  return asset === undefined ? null : { mask: { asset } };
}

/** A region without words and pictures would only take room from the others, unless it shuts out the prompt of the whole. */
export function saysSomething({ prompt, negative, references, loras, isolate }: RegionLayer): boolean {
  return prompt.trim() !== '' || negative.trim() !== '' || references.length > 0 || loras.length > 0 || isolate;
}

/** Names the part of a reference picture that counts; null when all of it does. */
export function cropKey({ picture, crop }: Reference): string | null {
  return crop === undefined ? null : `${picture} ${crop.x},${crop.y},${crop.width},${crop.height}`;
}

/** References of visible layers whose picture is cut. */
export function croppedReferences(records: RecordMap): Reference[] {
  const { regions, references } = activeLayers(records);
  const all = [...regions.flatMap((region) => region.references), ...references.flatMap((layer) => layer.reference ?? [])];
  return all.filter((reference) => reference.crop !== undefined);
}

function referenceInput(reference: Reference, { crops }: FrameAssets) {
  const { model, weight, range, method, mask, sha256 } = reference;
  const key = cropKey(reference);
  const picture = (key === null ? undefined : crops.get(key)) ?? reference.picture;
  return {
    picture,
    ...(model !== null && { model }),
    weight,
    range: pair(range),
    method,
    ...(mask && { mask }),
    ...(sha256 !== undefined && { sha256 }),
  };
}

function pair(range: readonly [number, number]): [number, number] {
  return [range[0], range[1]];
}
