import { defaultsFor } from '../../../models/checkpoint/defaults.ts';
import type { ModelDescription } from '../../../models/checkpoint/types.ts';
import { AppError } from '../../contract/errors.ts';
import type { Recipe } from '../../contract/recipe.ts';
import { fade } from '../../core/inpaint/fade.ts';
import { cutMask, focusOn, type Frame, type Rectangle } from '../../core/inpaint/focus.ts';
import { grow } from '../../core/inpaint/grow.ts';
import { infill } from '../../core/inpaint/infill.ts';
import { pasteBack } from '../../core/inpaint/paste-back.ts';
import { resizeArea, resizeNearest, type RegionMask } from '../../core/regions/mask.ts';
import type { AssetPaths } from '../engine-service.ts';
import type { Pixels } from '../pipeline/pixels.ts';
import { readLayered, readMask, resizePixels, type LayeredPicture } from './pictures.ts';
import type { Preview } from './preview.ts';
import { resolveSettings } from './settings.ts';

/** What a job starts from, as pixels. */
export interface StartPixels {
  /** Size in which the job draws. */
  readonly frame: Frame;
  /** What the encoder sees, of the frame's size; absent for text to image. */
  readonly picture?: Pixels;
  /** What to redraw: 1 in full, less in a fade, 0 not at all. Absent where all of the picture is. */
  readonly mask?: RegionMask;
  /** For how much of the run each pixel is redrawn; as the mask says where absent. */
  readonly levels?: RegionMask;
  /** The untouched picture and the mask at the size of the result. */
  readonly original?: { readonly picture: Pixels; readonly mask: RegionMask };
}

/** Reads the start picture and makes its mask. Throws AppError `emptyMask` where nothing would be drawn. */
export async function readStart(recipe: Recipe, assets: AssetPaths, description: ModelDescription): Promise<StartPixels> {
  const { width, height } = resolveSettings(recipe, description);
  const full: Frame = { width, height };
  if (!recipe.image) return { frame: full };
  const layered = await readLayered(recipe.image.picture, assets, full);
  const areas = await redrawAreas(recipe.inpaint, { assets, full, missing: layered.missing });
  if (areas.length === 0) return { frame: full, picture: layered.picture };
  const mask = areas.map((area) => area.mask).reduce(union);
  checkMask(mask);
  const levels = areas.every(({ share }) => share === 1) ? undefined : areas.map(level).reduce(union);
  const filled = fillHoles(recipe, layered, mask);
  const native = defaultsFor(description);
  const frame = recipe.inpaint?.focus ? focusOn(mask, { native, multiple: 4 * description.vaeFactor }) : full;
  const original = { picture: layered.picture, mask };
  if (!frame.view) return { frame, picture: filled, mask, ...(levels && { levels }), original };
  const { area } = frame.view;
  const view = (of: RegionMask) => resizeNearest(cutMask(of, area), frame);
  return {
    frame,
    picture: await resizePixels(cutPixels(filled, area), frame),
    mask: view(mask),
    ...(levels && { levels: view(levels) }),
    original,
  };
}

/** Lays what was drawn over the untouched picture; drawn pixels as they are where nothing is to be kept. */
export async function finishPicture(drawn: Pixels, { frame, original }: StartPixels): Promise<Pixels> {
  if (!original) return drawn;
  const { picture, mask } = original;
  const placed = frame.view ? placePixels(await resizePixels(drawn, frame.view.area), frame.view.area, picture) : drawn;
  return { ...pasteBack(picture, placed, mask), channels: 3 };
}

/** Longest side of a preview where not all of the frame is drawn. */
const previewSide = 512;

/** What lays each preview of what is drawn over a small copy of the untouched picture, as the result will be. */
export async function previewFrame({ frame, original }: StartPixels): Promise<(preview: Preview) => Promise<Preview>> {
  if (!original) return (preview) => Promise.resolve(preview);
  const { full, area } = frame.view ?? { full: frame, area: { x: 0, y: 0, ...frame } };
  const scale = Math.min(previewSide / Math.max(full.width, full.height), 1);
  const scaled = (length: number) => Math.max(Math.round(length * scale), 1);
  const small = await resizePixels(original.picture, { width: scaled(full.width), height: scaled(full.height) });
  const mask = resizeArea(original.mask, small);
  const width = Math.min(scaled(area.width), small.width);
  const height = Math.min(scaled(area.height), small.height);
  const place = {
    x: Math.min(Math.round(area.x * scale), small.width - width),
    y: Math.min(Math.round(area.y * scale), small.height - height),
    width,
    height,
  };
  return async (preview) => {
    const part = await resizePixels({ width: preview.width, height: preview.height, channels: 3, data: preview.rgb }, place);
    const { data } = pasteBack(small, placePixels(part, place, small), mask);
    return { width: small.width, height: small.height, rgb: data };
  };
}

/** A mask, grown and with its fade, and the part of the run that redraws it. */
interface RedrawArea {
  readonly mask: RegionMask;
  readonly share: number;
}

interface MaskSources {
  readonly assets: AssetPaths;
  readonly full: Frame;
  /** What the picture lacks: it is drawn with the first mask. */
  readonly missing: RegionMask | undefined;
}

async function redrawAreas(inpaint: Recipe['inpaint'], { assets, full, missing }: MaskSources): Promise<RedrawArea[]> {
  const painted = inpaint?.mask && grow(await readMask(inpaint.mask, assets, full), inpaint.grow);
  const first = painted && missing ? union(painted, missing) : (painted ?? missing);
  const areas: RedrawArea[] = first ? [{ mask: fade(first, inpaint?.feather ?? 0), share: 1 }] : [];
  for (const more of inpaint?.moreMasks ?? []) {
    areas.push({ mask: fade(grow(await readMask(more.mask, assets, full), more.grow), more.feather), share: more.share });
  }
  return areas;
}

function union(one: RegionMask, other: RegionMask): RegionMask {
  return { ...one, data: one.data.map((value, i) => Math.max(value, other.data[i]!)) };
}

function level({ mask, share }: RedrawArea): RegionMask {
  return share === 1 ? mask : { ...mask, data: mask.data.map((value) => share * value) };
}

function checkMask({ data }: RegionMask): void {
  if (data.some((value) => value > 0)) return;
  const message =
    'The mask must cover some of the frame for inpainting; it is empty. Paint what is to be drawn anew, or leave the mask out.';
  throw new AppError('emptyMask', message);
}

/** Fills what the picture lacks; in a picture that lacks nothing, what is to be redrawn. */
function fillHoles({ inpaint, seed }: Recipe, { picture, missing }: LayeredPicture, mask: RegionMask): Pixels {
  const method = inpaint?.infill ?? 'none';
  if (!missing) {
    const masked = Uint8Array.from(mask.data, (value) => (value >= 0.5 ? 1 : 0));
    return { ...infill(method, picture, masked, seed), channels: 3 };
  }
  const hole = Uint8Array.from(missing.data, (value) => (value > 0 ? 1 : 0));
  const filled =
    method === 'none' ? { ...picture, data: new Uint8Array(picture.data.length).fill(128) } : infill(method, picture, hole, seed);
  const data = picture.data.map((value, at) => {
    const lack = missing.data[Math.floor(at / 3)]!;
    return lack === 0 ? value : Math.round(value + lack * (filled.data[at]! - value));
  });
  return { ...picture, data };
}

function cutPixels({ width, data }: Pixels, area: Rectangle): Pixels {
  const part = new Uint8Array(3 * area.width * area.height);
  for (let row = 0; row < area.height; row++) {
    const from = 3 * ((area.y + row) * width + area.x);
    part.set(data.subarray(from, from + 3 * area.width), 3 * row * area.width);
  }
  return { width: area.width, height: area.height, channels: 3, data: part };
}

/** The part laid at its place in a copy of the picture. */
function placePixels(part: Pixels, area: Rectangle, picture: Pixels): Pixels {
  const data = new Uint8Array(picture.data);
  for (let row = 0; row < area.height; row++) {
    const line = part.data.subarray(3 * row * area.width, 3 * (row + 1) * area.width);
    data.set(line, 3 * ((area.y + row) * picture.width + area.x));
  }
  return { ...picture, data };
}
