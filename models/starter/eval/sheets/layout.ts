import sharp from 'sharp';
import type { RgbPicture } from '../../../../src-main/core/rgb-picture.ts';

export interface Cell {
  readonly picture: RgbPicture;
  readonly caption: string;
}

export interface SheetLayout {
  readonly columns: number;
  /** Width of a picture on the sheet, in pixels. */
  readonly side: number;
  /** Its height; the width unless stated. */
  readonly height?: number;
}

const gap = 10;
const lineHeight = 15;
const fontSize = 12;
/** Mean width of a letter of this size. */
const letterWidth = 6.4;
const mostLines = 2;

/** A sheet of pictures with captions below, as a PNG of few colours. */
export async function layOut(cells: readonly Cell[], { columns, side, height: cellHeight = side }: SheetLayout): Promise<Uint8Array> {
  const rows = Math.ceil(cells.length / columns);
  const rowHeight = cellHeight + mostLines * lineHeight + 4 + gap;
  const place = (index: number) => ({ left: gap + (index % columns) * (side + gap), top: gap + Math.floor(index / columns) * rowHeight });
  const width = gap + columns * (side + gap);
  const height = gap + rows * rowHeight;
  const pictures = cells.map(async ({ picture }, index) => ({ input: await scaled(picture, side, cellHeight), ...place(index) }));
  const texts = cells.map(({ caption }, index) => textOf(caption, side, cellHeight, place(index)));
  const captions = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="${fontSize}" fill="#333">${texts.join('')}</svg>`;
  return sharp({ create: { width, height, channels: 3, background: '#ffffff' } })
    .composite([...(await Promise.all(pictures)), { input: Buffer.from(captions), left: 0, top: 0 }])
    .png({ palette: true, quality: 95, effort: 9 })
    .toBuffer();
}

async function scaled({ width, height, data }: RgbPicture, cellWidth: number, cellHeight: number): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels: 3 } })
    .resize(cellWidth, cellHeight, { kernel: 'lanczos3' })
    .png()
    .toBuffer();
}

function textOf(caption: string, width: number, below: number, { left, top }: { readonly left: number; readonly top: number }): string {
  const lines = wrapped(caption, Math.floor(width / letterWidth));
  return lines.map((line, i) => `<text x="${left}" y="${top + below + (i + 1) * lineHeight}">${escaped(line)}</text>`).join('');
}

/** At most two lines of `width` letters; what is too long ends in an ellipsis. */
export function wrapped(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`.trimStart();
    if (longer.length <= width || lines.at(-1) === '') lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  if (lines.length <= mostLines) return lines;
  const kept = lines.slice(0, mostLines);
  kept[mostLines - 1] = `${kept[mostLines - 1]!.slice(0, width - 1)}…`;
  return kept;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
