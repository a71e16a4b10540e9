import sharp, { type Sharp } from 'sharp';
import { AppError } from '../../contract/errors.ts';
import type { MaskSource } from '../../contract/recipe.ts';
import { rectangleMask, regionMask, type Grid, type RegionMask } from '../../core/regions/mask.ts';
import type { AssetPaths } from '../engine-service.ts';
import type { Pixels } from '../pipeline/pixels.ts';

/** A picture of more pixels is refused by its header. */
export const maxPixels = 64_000_000;

/** The size a picture is wanted in, and what is seen through its transparent parts: mid grey unless stated. */
export type PictureSize = Grid & { readonly background?: string };

/** Reads a picture of the recipe as RGB, at its own size unless stated: any format sharp knows but SVG, turned upright. */
export async function readPicture(asset: string, assets: AssetPaths, size?: PictureSize): Promise<Pixels> {
  const background = size?.background ?? '#808080';
  const image = open(asset, assets).rotate().flatten({ background }).toColourspace('srgb').removeAlpha();
  const sized = size ? image.resize(size.width, size.height, { fit: 'fill', kernel: 'lanczos3' }) : image;
  const { data, info } = await decode(asset, () => sized.raw().toBuffer({ resolveWithObject: true }));
  return { width: info.width, height: info.height, channels: 3, data };
}

/** Where a layer acts, at the frame's size: grey values of a picture, or a rectangle. */
export async function readMask(source: MaskSource, assets: AssetPaths, frame: Grid): Promise<RegionMask> {
  if ('rectangle' in source) return rectangleMask(frame, source.rectangle);
  const image = open(source.asset, assets).flatten({ background: '#000000' }).toColourspace('b-w');
  const sized = image.resize(frame.width, frame.height, { fit: 'fill', kernel: 'nearest' }).extractChannel(0);
  const { data } = await decode(source.asset, () => sized.raw().toBuffer({ resolveWithObject: true }));
  return regionMask(frame.height, frame.width, Float32Array.from(data, (value) => value / 255)); // prettier-ignore
}

function open(asset: string, assets: AssetPaths): Sharp {
  const path = assets[asset];
  if (path === undefined) throw new AppError('assetMissing', `The recipe names a picture that is not there: ${asset}.`, { asset });
  return sharp(path, { limitInputPixels: maxPixels, failOn: 'warning', pages: 1 });
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
