import sharp, { type Sharp } from 'sharp';
import { AppError } from '../../contract/errors.ts';
import type { MaskSource } from '../../contract/recipe.ts';
import { cutMask, type Frame } from '../../core/inpaint/focus.ts';
import { rectangleMask, regionMask, resizeNearest, type Grid, type RegionMask } from '../../core/regions/mask.ts';
import type { AssetPaths } from '../engine-service.ts';
import type { Pixels } from '../pipeline/pixels.ts';

/** A picture of more pixels is refused by its header. */
export const maxPixels = 64_000_000;

/** The size a picture is wanted in, and what is seen through its transparent parts: mid grey unless stated. */
export type PictureSize = Frame & { readonly background?: string };

/** Reads a picture of the recipe as RGB, at its own size unless stated: any format sharp knows but SVG, turned upright. */
export async function readPicture(asset: string, assets: AssetPaths, size?: PictureSize): Promise<Pixels> {
  return readOver(size?.background ?? '#808080', asset, assets, size);
}

/** Reads a picture of the recipe at its own size, seen on white paper. */
export async function readOnPaper(asset: string, assets: AssetPaths): Promise<Pixels> {
  return readOver('#ffffff', asset, assets);
}

async function readOver(background: string, asset: string, assets: AssetPaths, size?: Frame): Promise<Pixels> {
  const image = (await open(asset, assets)).rotate().flatten({ background }).toColourspace('srgb').removeAlpha();
  const { data, info } = await decode(asset, () => sized(image, 'lanczos3', size));
  return { width: info.width, height: info.height, channels: 3, data };
}

/** A picture with its transparency: RGB and, where any of it is not opaque, what each pixel lacks of being so, 0 to 1. */
export interface LayeredPicture {
  readonly picture: Pixels;
  readonly missing?: RegionMask;
}

/** Reads a picture of the recipe with its transparency, at a size. What is seen through nothing is mid grey. */
export async function readLayered(asset: string, assets: AssetPaths, size: Grid): Promise<LayeredPicture> {
  const opened = await open(asset, assets);
  const { hasAlpha } = await decode(asset, () => opened.metadata());
  if (!hasAlpha) return { picture: await readPicture(asset, assets, size) };
  const image = opened.rotate().toColourspace('srgb').ensureAlpha();
  const { data, info } = await decode(asset, () => sized(image, 'lanczos3', size));
  const count = info.width * info.height;
  const rgb = new Uint8Array(3 * count);
  const missing = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const alpha = data[4 * i + 3]! / 255;
    for (let c = 0; c < 3; c++) rgb[3 * i + c] = alpha === 0 ? 128 : data[4 * i + c]!;
    missing[i] = 1 - alpha;
  }
  const picture: Pixels = { width: info.width, height: info.height, channels: 3, data: rgb };
  return missing.some((value) => value > 0) ? { picture, missing: { height: info.height, width: info.width, data: missing } } : { picture };
}

/** Whether a picture has transparent parts; false also for one that is not there. */
export async function isTransparent(asset: string, assets: AssetPaths): Promise<boolean> {
  if (assets[asset] === undefined || assets[asset] === '') return false;
  try {
    const image = await open(asset, assets);
    const { hasAlpha } = await image.metadata();
    return hasAlpha && !(await image.stats()).isOpaque;
  } catch {
    // Planning says nothing about a broken picture; the job will.
    return false;
  }
}

/** RGB at another size, as sharp's Lanczos filter makes it. */
export async function resizePixels({ width, height, channels, data }: Pixels, size: Grid): Promise<Pixels> {
  const image = sharp(data, { raw: { width, height, channels } });
  const resized = await image.resize(size.width, size.height, { fit: 'fill', kernel: 'lanczos3' }).raw().toBuffer();
  return { width: size.width, height: size.height, channels, data: resized };
}

/** Where a layer acts, at the frame's size: grey values of a picture, or a rectangle. */
export async function readMask(source: MaskSource, assets: AssetPaths, frame: Frame): Promise<RegionMask> {
  const full = frame.view?.full ?? frame;
  const mask = 'rectangle' in source ? rectangleMask(full, source.rectangle) : await readMaskPicture(source.asset, assets, full);
  return frame.view ? resizeNearest(cutMask(mask, frame.view.area), frame) : mask;
}

async function readMaskPicture(asset: string, assets: AssetPaths, { width, height }: Grid): Promise<RegionMask> {
  const image = (await open(asset, assets)).flatten({ background: '#000000' }).toColourspace('b-w');
  const { data } = await decode(asset, () => sized(image.extractChannel(0), 'nearest', { width, height }));
  return regionMask(
    height,
    width,
    Float32Array.from(data, (value) => value / 255),
  );
}

/** The raw pixels of an image at a size, or of the part of it that a view shows. */
async function sized(image: Sharp, kernel: 'lanczos3' | 'nearest', size?: Frame) {
  const raw = async (of: Sharp) => {
    const { data, info } = await of.raw().toBuffer({ resolveWithObject: true });
    // Not a Buffer: its `slice` would share the bytes.
    return { data: new Uint8Array(data.buffer, data.byteOffset, data.length), info };
  };
  const fitted = (of: Sharp, { width, height }: Grid) => of.resize(width, height, { fit: 'fill', kernel });
  if (!size) return raw(image);
  if (!size.view) return raw(fitted(image, size));
  const { full, area } = size.view;
  const cut = fitted(image, full).extract({ left: area.x, top: area.y, width: area.width, height: area.height });
  const { data, info } = await raw(cut);
  const part = sharp(data, { raw: { width: info.width, height: info.height, channels: info.channels } });
  return raw(fitted(part, size));
}

/** What sharp can draw too, but what is a document: it may name other files. Told by content, whatever the file is called. */
const documentFormats: ReadonlySet<string | undefined> = new Set(['svg', 'pdf', 'magick']);

async function open(asset: string, assets: AssetPaths): Promise<Sharp> {
  const path = assets[asset];
  if (path === undefined) throw new AppError('assetMissing', `The recipe names a picture that is not there: ${asset}.`, { asset });
  const image = sharp(path, { limitInputPixels: maxPixels, failOn: 'warning', pages: 1 });
  const { format } = await decode(asset, () => image.metadata());
  if (!documentFormats.has(format)) return image;
  throw new AppError('badPicture', `The picture ${asset} is a document: expected pixels, found ${format}.`, {
    asset,
    reason: format ?? '',
  });
}

async function decode<T>(asset: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `The picture ${asset} cannot be read: expected a PNG, JPEG, WebP, TIFF, GIF or AVIF of at most 64 million pixels, found ${reason}.`;
    throw new AppError('badPicture', message, { asset, reason }, cause);
  }
}
