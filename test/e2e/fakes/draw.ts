import sharp from 'sharp';
import { scene } from './scene.ts';
import type { MaskSource, Recipe } from '../../../src-main/contract/recipe.ts';
import type { AssetPaths } from '../../../src-main/engine/engine-service.ts';

type Colour = readonly [number, number, number];

const colours: Readonly<Record<string, Colour>> = {
  red: [205, 62, 52],
  green: [76, 148, 72],
  blue: [64, 112, 190],
  yellow: [240, 200, 80],
  white: [240, 238, 230],
  black: [30, 32, 38],
  orange: [238, 150, 70],
  purple: [130, 84, 170],
  sunset: [226, 128, 92],
  sea: [44, 88, 140],
  sky: [120, 180, 226],
  field: [120, 176, 98],
};

export interface Drawing {
  readonly width: number;
  readonly height: number;
  /** 3 bytes a pixel. */
  readonly rgb: Uint8Array;
  readonly captureSide: number;
  /** [source][y][x] at a share of the run. */
  capture(progress: number): Uint8Array;
}

const captureSide = 32;

/** The first colour that a prompt names; a hash of its words when it names none. */
function colourOf(prompt: string): Colour {
  for (const word of prompt.toLowerCase().split(/\W+/)) {
    const colour = colours[word];
    if (colour) return colour;
  }
  let hash = 7;
  for (const letter of prompt) hash = (hash * 31 + letter.charCodeAt(0)) >>> 0;
  return [80 + (hash & 127), 80 + ((hash >> 7) & 127), 80 + ((hash >> 14) & 127)];
}

/** A mask as grey bytes of the picture's size. */
async function readMask(mask: MaskSource, size: { width: number; height: number }, assets: AssetPaths): Promise<Uint8Array> {
  if ('rectangle' in mask) {
    const { x, y, width, height } = mask.rectangle;
    const grey = new Uint8Array(size.width * size.height);
    for (let row = Math.max(0, y); row < Math.min(size.height, y + height); row++) {
      grey.fill(255, row * size.width + Math.max(0, x), row * size.width + Math.min(size.width, x + width));
    }
    return grey;
  }
  const path = assets[mask.asset] ?? mask.asset;
  return new Uint8Array(await sharp(path).greyscale().resize(size.width, size.height, { fit: 'fill' }).raw().toBuffer());
}

async function readPicture(asset: string, size: { width: number; height: number }, assets: AssetPaths): Promise<Uint8Array> {
  const path = assets[asset] ?? asset;
  const picture = sharp(path).flatten({ background: '#000' }).resize(size.width, size.height, { fit: 'fill' });
  return new Uint8Array(await picture.toColourspace('srgb').raw().toBuffer());
}

async function drawScene(recipe: Recipe, { width, height }: { width: number; height: number }): Promise<Uint8Array> {
  const svg = Buffer.from(scene(recipe.prompt, recipe.seed));
  return new Uint8Array(
    await sharp(svg, { density: 144 }).resize(width, height, { fit: 'fill' }).flatten().toColourspace('srgb').raw().toBuffer(),
  );
}

/**
 * What a run would give, as flat colour: the prompt's colour as ground with a soft light, each region its own colour inside its mask,
 * control pictures as bright lines, and for a start picture only what mask and strength let change.
 */
export async function drawFake(recipe: Recipe, size: { width: number; height: number }, assets: AssetPaths): Promise<Drawing> {
  const { width, height } = size;
  const isPlain = recipe.regions.length === 0 && recipe.controls.length === 0 && !recipe.image;
  if (isPlain) return { ...size, rgb: await drawScene(recipe, size), captureSide, capture: (progress) => captureOf([], size, progress) };
  const rgb = new Uint8Array(3 * width * height);
  const ground = colourOf(recipe.prompt);
  const masks = await Promise.all(recipe.regions.map((region) => readMask(region.mask, size, assets)));
  const controls = await Promise.all(recipe.controls.map((control) => readPicture(control.picture, size, assets)));
  const start = recipe.image ? await readPicture(recipe.image.picture, size, assets) : null;
  const change = recipe.inpaint?.mask ? await readMask(recipe.inpaint.mask, size, assets) : null;
  const light = 0.72 + ((recipe.seed * 37) % 20) / 100;
  for (let index = 0; index < width * height; index++) {
    const shade = light + 0.3 * (1 - Math.floor(index / width) / height);
    let colour: Colour = ground;
    masks.forEach((mask, region) => {
      if ((mask[index] ?? 0) > 127) colour = colourOf(recipe.regions[region]?.prompt ?? '');
    });
    const line = controls.some((picture) => (picture[3 * index] ?? 0) > 127);
    const amount = start === null ? 1 : change ? (change[index] ?? 0) / 255 : (recipe.image?.strength ?? 1);
    for (let channel = 0; channel < 3; channel++) {
      const drawn = line ? 250 : Math.min(255, (colour[channel] ?? 0) * shade);
      rgb[3 * index + channel] = Math.round(drawn * amount + (start?.[3 * index + channel] ?? 0) * (1 - amount));
    }
  }
  return { width, height, rgb, captureSide, capture: (progress) => captureOf(masks, size, progress) };
}

function captureOf(masks: readonly Uint8Array[], { width, height }: { width: number; height: number }, progress: number): Uint8Array {
  const side = captureSide;
  const values = new Uint8Array((1 + masks.length) * side * side);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const at = Math.floor(((y + 0.5) / side) * height) * width + Math.floor(((x + 0.5) / side) * width);
      let left = 255;
      masks.forEach((mask, region) => {
        const won = Math.min(left, Math.round((mask[at] ?? 0) * (0.35 + 0.4 * progress)));
        values[(1 + region) * side * side + y * side + x] = won;
        left -= won;
      });
      values[y * side + x] = left;
    }
  }
  return values;
}

/** A preview of an eighth of the side; `noise` 1 is all noise, 0 none. */
export function smaller({ width, height, rgb }: Drawing, noise: number): { width: number; height: number; rgb: Uint8Array } {
  const small = { width: Math.max(1, width >> 3), height: Math.max(1, height >> 3) };
  const result = new Uint8Array(3 * small.width * small.height);
  for (let y = 0; y < small.height; y++) {
    for (let x = 0; x < small.width; x++) {
      const from = 3 * (y * 8 * width + x * 8);
      const to = 3 * (y * small.width + x);
      for (let channel = 0; channel < 3; channel++) {
        const grain = (Math.sin((x * 12.9898 + y * 78.233 + channel * 37.719) * 1.7) * 43758.5453) % 256;
        result[to + channel] = Math.round((rgb[from + channel] ?? 0) * (1 - noise) + Math.abs(grain) * noise);
      }
    }
  }
  return { ...small, rgb: result };
}
