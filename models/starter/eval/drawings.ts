import { join } from 'node:path';
import sharp from 'sharp';
import type { RgbPicture } from '../../../src-main/core/rgb-picture.ts';
import type { Lists } from './lists.ts';

export type SheetName = 'single' | 'mixed' | 'mixed-lines' | 'mixed-blobs' | 'mixed-areas';

/** The drawings of one kind, cut out of their sheet when first asked for. */
export class Drawings {
  readonly #lists: Lists;
  readonly #sheets = new Map<SheetName, Promise<RgbPicture>>();

  constructor(lists: Lists) {
    this.#lists = lists;
  }

  async drawing(sheet: SheetName, index: number): Promise<RgbPicture> {
    const decoded = this.#sheets.get(sheet) ?? readPicture(join(this.#lists.sceneFolder, `${sheet}.webp`));
    this.#sheets.set(sheet, decoded);
    const { side, columns } = this.#lists.scenes;
    return cutOut(await decoded, (index % columns) * side, Math.floor(index / columns) * side, side);
  }
}

async function readPicture(path: string): Promise<RgbPicture> {
  const { data, info } = await sharp(path).toColourspace('srgb').removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data: new Uint8Array(data.buffer, data.byteOffset, data.length) };
}

/** A square out of a larger picture. */
export function cutOut({ width, data }: RgbPicture, left: number, top: number, side: number): RgbPicture {
  const out = new Uint8Array(3 * side * side);
  for (let y = 0; y < side; y++) {
    const start = 3 * ((top + y) * width + left);
    out.set(data.subarray(start, start + 3 * side), 3 * side * y);
  }
  return { width: side, height: side, data: out };
}

export async function writePicture(path: string, { width, height, data }: RgbPicture): Promise<void> {
  await sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toFile(path);
}
