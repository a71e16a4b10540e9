import type { RgbPicture } from '../../../../src-main/core/rgb-picture.ts';
import { draw, each, grouped, side, type Demonstration } from './tools.ts';

const feather = 16;

const changes = [
  ['a red car on the left and a blue house on the right by day', 'a red car on the left and a yellow balloon on the right by day'],
  [
    'a green tree on the left and a white boat on the right at sunset',
    'a green tree on the left and a white rocket on the right at sunset',
  ],
  [
    'a grey castle on the left and a red flower on the right in a field',
    'a grey castle on the left and a green cactus on the right in a field',
  ],
  ['a pink heart on the left and a blue star on the right on black', 'a pink heart on the left and an orange crown on the right on black'],
] as const;

/** One thing of a scene is drawn anew; the rest stays as it was. */
export const inpaint: Demonstration = {
  layout: grouped,
  cells: (tools) =>
    each(changes, async ([prompt, then], i) => {
      const before = await draw(tools, { prompt, seed: tools.seed + i });
      const mask = { rectangle: { x: side / 2, y: 0, width: side / 2, height: side } };
      const assets = await tools.engine.asset(before);
      const [picture] = Object.keys(assets) as [string];
      const again = { prompt: then, seed: tools.seed + i + 100, image: { picture, strength: 1 }, inpaint: { mask, feather } };
      return [
        { picture: before, caption: prompt },
        { picture: marked(before, side / 2), caption: 'the mask' },
        { picture: await draw(tools, again, assets), caption: then },
      ];
    }),
};

const wide = side * 1.5;
const views = [
  ['a red house under a blue sky', 'a green tree under a blue sky'],
  ['a white boat at sea', 'a red lighthouse at sea'],
  ['a green cactus in the desert', 'a yellow castle in the desert'],
  ['a purple mountain at sunset', 'a white balloon at sunset'],
] as const;

/** A page goes on to the right by half of its width. */
export const outpaint: Demonstration = {
  layout: { columns: 4, side: 255, height: 170 },
  cells: (tools) =>
    each(views, async ([prompt, then], i) => {
      const before = await draw(tools, { prompt, seed: tools.seed + i });
      const start = widened(before, wide);
      const mask = { rectangle: { x: side, y: 0, width: wide - side, height: side } };
      const assets = await tools.engine.asset(start);
      const [picture] = Object.keys(assets) as [string];
      const more = {
        prompt: then,
        seed: tools.seed + i + 100,
        size: { width: wide, height: side },
        image: { picture, strength: 1 },
        inpaint: { mask, feather: 2 * feather, infill: 'patch' as const },
      };
      return [
        { picture: marked(start, side), caption: prompt },
        { picture: await draw(tools, more, assets), caption: `to the right: ${then}` },
      ];
    }),
};

/** The picture at the left of a grey page. */
function widened({ width, height, data }: RgbPicture, newWidth: number): RgbPicture {
  const out = new Uint8Array(3 * newWidth * height).fill(128);
  for (let y = 0; y < height; y++) out.set(data.subarray(3 * width * y, 3 * width * (y + 1)), 3 * newWidth * y);
  return { width: newWidth, height, data: out };
}

/** The picture with what lies right of `left` tinted, as the canvas shows an inpaint mask. */
function marked({ width, height, data }: RgbPicture, left: number): RgbPicture {
  const tint = [220, 60, 90];
  const isMasked = (i: number) => Math.floor(i / 3) % width >= left;
  return { width, height, data: data.map((value, i) => (isMasked(i) ? Math.round(0.5 * value + 0.5 * tint[i % 3]!) : value)) };
}
