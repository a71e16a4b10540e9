import { tileSize } from '../document/tiles.ts';

/** Helpers around OffscreenCanvas: the only pixels that the studio page knows. */
export type Surface = OffscreenCanvas;
export type Context = OffscreenCanvasRenderingContext2D;

export function newSurface(width: number = tileSize, height: number = tileSize): Surface {
  return new OffscreenCanvas(width, height);
}

export function context(surface: Surface): Context {
  const result = surface.getContext('2d');
  if (result === null) throw new Error('This browser gives no 2D drawing context.');
  return result;
}

/** Whether every pixel is fully transparent. */
export function isBlank(surface: Surface): boolean {
  const { data } = context(surface).getImageData(0, 0, surface.width, surface.height);
  const words = new Uint32Array(data.buffer);
  for (let index = 0; index < words.length; index++) if (words[index] !== 0) return false;
  return true;
}

export async function encodePng(surface: Surface): Promise<Uint8Array> {
  const blob = await surface.convertToBlob({ type: 'image/png' });
  return new Uint8Array(await blob.arrayBuffer());
}

/** Bytes of a picture file as pixels. Rejects when the browser cannot read them. */
export async function decodePicture(bytes: Uint8Array): Promise<Surface> {
  const bitmap = await createImageBitmap(new Blob([bytes.slice()]));
  const surface = newSurface(bitmap.width, bitmap.height);
  context(surface).drawImage(bitmap, 0, 0);
  bitmap.close();
  return surface;
}
