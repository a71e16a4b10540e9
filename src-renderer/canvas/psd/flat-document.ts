import type { BlendMode as PsdBlend, Layer as PsdLayer, Psd } from 'ag-psd';
import { blendModes, type BlendMode } from '../../document/records.ts';

/** Straight RGBA, row by row. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

export interface FlatLayer {
  readonly name: string;
  /** Upper left corner, from the corner of the document. */
  readonly left: number;
  readonly top: number;
  readonly picture: Picture;
  /** Grey values of the picture's size that show through where they are bright. */
  readonly mask?: Uint8ClampedArray<ArrayBuffer>;
  readonly opacity: number;
  readonly blend: BlendMode;
  readonly isHidden: boolean;
}

export interface FlatGroup {
  readonly name: string;
  readonly isHidden: boolean;
  readonly layers: readonly FlatLayer[];
}

/** A layered document as it is exchanged with other programs; layers and groups from top to bottom. */
export interface FlatDocument {
  readonly width: number;
  readonly height: number;
  readonly content: readonly (FlatLayer | FlatGroup)[];
  /** All visible layers together, for programs that show no layers. */
  readonly merged: Picture;
}

/** What could be read of a file, and in sentences what could not. */
export interface ReadDocument {
  readonly width: number;
  readonly height: number;
  readonly layers: readonly FlatLayer[];
  readonly problems: readonly string[];
}

/** Photoshop writes the same modes with spaces. */
const psdBlend = (blend: BlendMode): PsdBlend => blend.replace('-', ' ') as PsdBlend;
const blendByPsd = new Map<string, BlendMode>(blendModes.map((blend) => [psdBlend(blend), blend]));

/** The library lists layers from bottom to top. */
export function toPsd(document: FlatDocument): Psd {
  const layer = (flat: FlatLayer): PsdLayer => ({
    name: flat.name,
    left: flat.left,
    top: flat.top,
    opacity: flat.opacity,
    blendMode: psdBlend(flat.blend),
    hidden: flat.isHidden,
    imageData: flat.picture,
    ...(flat.mask && {
      mask: {
        left: flat.left,
        top: flat.top,
        right: flat.left + flat.picture.width,
        bottom: flat.top + flat.picture.height,
        defaultColor: 0,
        imageData: greyPicture(flat.mask, flat.picture),
      },
    }),
  });
  const group = ({ name, isHidden, layers }: FlatGroup): PsdLayer => ({
    name,
    hidden: isHidden,
    opened: true,
    children: layers.map(layer).reverse(),
  });
  const children = document.content.map((item) => ('layers' in item ? group(item) : layer(item))).reverse();
  return { width: document.width, height: document.height, children, imageData: document.merged };
}

function greyPicture(mask: Uint8ClampedArray, { width, height }: Picture): Picture {
  const data = new Uint8ClampedArray(4 * width * height);
  for (let index = 0; index < mask.length; index++) {
    data.fill(mask[index] ?? 0, 4 * index, 4 * index + 3);
    data[4 * index + 3] = 255;
  }
  return { width, height, data };
}

/** The layers with pixels, out of their groups. Throws when there is neither a layer nor a merged picture. */
export function fromPsd(psd: Psd): ReadDocument {
  const layers: FlatLayer[] = [];
  const unread: string[] = [];
  const modes = new Set<string>();
  const visit = (list: readonly PsdLayer[], above: { readonly isHidden: boolean; readonly opacity: number }) => {
    for (const layer of [...list].reverse()) {
      const isHidden = above.isHidden || layer.hidden === true;
      const opacity = above.opacity * (layer.opacity ?? 1);
      if (layer.children) {
        visit(layer.children, { isHidden, opacity });
        continue;
      }
      const picture = layer.imageData && bytePicture(layer.imageData);
      if (!picture || picture.width === 0 || picture.height === 0) {
        unread.push(layer.name ?? 'a layer');
        continue;
      }
      const blend = blendByPsd.get(layer.blendMode ?? 'normal');
      if (blend === undefined) modes.add(layer.blendMode ?? '');
      const [left, top] = [layer.left ?? 0, layer.top ?? 0];
      layers.push({
        name: layer.name ?? 'Layer',
        left,
        top,
        picture: masked(picture, { left, top }, layer),
        opacity,
        blend: blend ?? 'normal',
        isHidden,
      });
    }
  };
  visit(psd.children ?? [], { isHidden: false, opacity: 1 });
  if (layers.length === 0 && psd.imageData) {
    layers.push({ name: 'Background', left: 0, top: 0, picture: bytePicture(psd.imageData), opacity: 1, blend: 'normal', isHidden: false });
  }
  if (layers.length === 0) throw new Error('There are no pixels in it.');
  return { width: psd.width, height: psd.height, layers, problems: problemsOf(unread, [...modes]) };
}

function problemsOf(unread: readonly string[], modes: readonly string[]): string[] {
  const problems: string[] = [];
  if (unread.length > 0)
    problems.push(`Without pixels and left out: ${unread.slice(0, 5).join(', ')}${unread.length > 5 ? ' and more' : ''}.`);
  if (modes.length > 0) problems.push(`Blend modes that are not known here became normal: ${modes.join(', ')}.`);
  return problems;
}

/** Files may have 16 or 32 bits a channel. */
function bytePicture({ width, height, data }: NonNullable<Psd['imageData']>): Picture {
  if (data instanceof Uint16Array) return { width, height, data: Uint8ClampedArray.from(data, (value) => value / 257) };
  if (data instanceof Float32Array) return { width, height, data: Uint8ClampedArray.from(data, (value) => value * 255) };
  return { width, height, data: new Uint8ClampedArray(data) };
}

/** Takes a layer's mask into its alpha: there are no masks of single layers here. */
function masked(picture: Picture, at: { readonly left: number; readonly top: number }, { mask }: PsdLayer): Picture {
  if (!mask?.imageData || mask.disabled === true) return picture;
  const grey = bytePicture(mask.imageData);
  const data = new Uint8ClampedArray(picture.data);
  const shift = { x: at.left - (mask.left ?? 0), y: at.top - (mask.top ?? 0) };
  for (let y = 0; y < picture.height; y++) {
    for (let x = 0; x < picture.width; x++) {
      const [mx, my] = [x + shift.x, y + shift.y];
      const isInside = mx >= 0 && my >= 0 && mx < grey.width && my < grey.height;
      const value = isInside ? (grey.data[4 * (my * grey.width + mx)] ?? 0) : (mask.defaultColor ?? 0);
      const alpha = 4 * (y * picture.width + x) + 3;
      data[alpha] = ((data[alpha] ?? 0) * value) / 255;
    }
  }
  return { ...picture, data };
}
