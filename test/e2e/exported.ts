import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import sharp from 'sharp';
import type { Pixels } from './pictures.ts';

/** Bytes of the file that the page hands out when `action` is done. */
export async function downloaded(page: Page, action: () => Promise<void>): Promise<{ name: string; bytes: Buffer }> {
  const waiting = page.waitForEvent('download');
  await action();
  const download = await waiting;
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

export async function pixelsOfFile(bytes: Buffer): Promise<Pixels> {
  const { data, info } = await sharp(bytes).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data: new Uint8Array(data) };
}

/** The frame as the page exports it. */
export async function exportedFrame(page: Page): Promise<Pixels> {
  return await pixelsOfFile((await downloaded(page, () => page.keyboard.press('Control+Shift+s'))).bytes);
}

export function alphaAt({ width, data }: Pixels, x: number, y: number): number {
  return data[4 * (y * width + x) + 3] ?? 0;
}
