import sharp from 'sharp';
import type { StudioClient } from '../../src-main/contract/studio-client.ts';

export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** RGBA. */
  readonly data: Uint8Array;
}

export async function pixelsOf(client: StudioClient, asset: string): Promise<Pixels> {
  const { buffers } = await client.callWithBuffers('assets.get', { asset }, []);
  const { data, info } = await sharp(buffers[0]).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data: new Uint8Array(data) };
}

export function colourAt({ width, data }: Pixels, x: number, y: number): [number, number, number] {
  const at = 4 * (y * width + x);
  return [data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0];
}

/** A PNG of one colour, with whatever a test puts into it. */
export async function plainPng(width: number, height: number, background: string): Promise<Buffer> {
  return await sharp({ create: { width, height, channels: 4, background } })
    .png()
    .toBuffer();
}
