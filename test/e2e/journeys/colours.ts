import type { Rectangle } from '../../../src-renderer/document/geometry.ts';
import type { Pixels } from '../pictures.ts';

type Colour = 'red' | 'blue';

/** Hues in degrees that count as a colour, from HSV; pale and dark pixels count as none. */
const hues: Readonly<Record<Colour, (hue: number) => boolean>> = {
  red: (hue) => hue < 20 || hue > 340,
  blue: (hue) => hue > 190 && hue < 260,
};
const leastSaturation = 0.35;
const leastValue = 0.25;

/** Share of an area's pixels that have a colour. */
export function shareOf(colour: Colour, { width, data }: Pixels, area: Rectangle): number {
  let found = 0;
  for (let y = area.y; y < area.y + area.height; y++) {
    for (let x = area.x; x < area.x + area.width; x++) {
      const at = 4 * (y * width + x);
      const hue = hueOf(data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0);
      if (hue !== null && hues[colour](hue)) found++;
    }
  }
  return found / (area.width * area.height);
}

function hueOf(red: number, green: number, blue: number): number | null {
  const largest = Math.max(red, green, blue);
  const range = largest - Math.min(red, green, blue);
  if (largest < 255 * leastValue || range < largest * leastSaturation) return null;
  const sixth = largest === red ? (green - blue) / range : largest === green ? 2 + (blue - red) / range : 4 + (red - green) / range;
  return (60 * sixth + 360) % 360;
}

/** How many pixels of a mask are not white inside the area and black outside it. */
export function wrongMaskPixels({ width, height, data }: Pixels, area: Rectangle): number {
  let wrong = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const isInside = x >= area.x && x < area.x + area.width && y >= area.y && y < area.y + area.height;
      if (data[4 * (y * width + x)] !== (isInside ? 255 : 0)) wrong++;
    }
  }
  return wrong;
}

/** Mean difference of two pictures' channels in the pixels that the area leaves out, or that it holds. */
export function meanDifference(a: Pixels, b: Pixels, area: Rectangle, where: 'inside' | 'outside'): number {
  let sum = 0;
  let count = 0;
  for (let y = 0; y < a.height; y++) {
    for (let x = 0; x < a.width; x++) {
      const isInside = x >= area.x && x < area.x + area.width && y >= area.y && y < area.y + area.height;
      if (isInside !== (where === 'inside')) continue;
      for (let channel = 0; channel < 3; channel++) {
        const at = 4 * (y * a.width + x) + channel;
        sum += Math.abs((a.data[at] ?? 0) - (b.data[at] ?? 0));
      }
      count += 3;
    }
  }
  return sum / count;
}
