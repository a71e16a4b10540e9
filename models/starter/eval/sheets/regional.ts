import type { RecipeInput } from '../../../../src-main/contract/recipe.ts';
import type { RgbPicture } from '../../../../src-main/core/rgb-picture.ts';
import { draw, each, grouped, side, type Demonstration, type DrawingTools } from './tools.ts';

const prompts = [
  ['a picture by day', 'a red house', 'a blue boat'],
  ['a picture at night', 'a yellow star', 'a white rocket'],
  ['a picture in the snow', 'a green pine', 'an orange cat'],
  ['a picture at sea', 'a pink fish', 'a brown castle'],
  ['a picture in the desert', 'a green cactus', 'a turquoise car'],
  ['a picture on a white background', 'a purple heart', 'a black cup'],
] as const;

/** A prompt for each half of the page. */
export const regions: Demonstration = {
  layout: grouped,
  cells: (tools) =>
    each(prompts, async ([prompt, left, right], i) => [
      { picture: halves, caption: `left: ${left}; right: ${right}` },
      { picture: await drawHalves(tools, i, prompt, { prompt: left }, { prompt: right }), caption: prompt },
    ]),
};

const cutPaper = [{ file: 'cut-paper' }];
const blueprint = [{ file: 'blueprint' }];

/** The same halves without LoRAs, and with a LoRA of its own for each. */
export const regionalLoras: Demonstration = {
  layout: grouped,
  cells: (tools) =>
    each(prompts.slice(0, 4), async ([prompt, left, right], i) => {
      const plain = await drawHalves(tools, i, prompt, { prompt: left }, { prompt: right });
      const styled = [
        { prompt: left, loras: cutPaper },
        { prompt: right, loras: blueprint },
      ] as const;
      return [
        { picture: halves, caption: `left: ${left}; right: ${right}` },
        { picture: plain, caption: prompt },
        { picture: await drawHalves(tools, i, prompt, ...styled), caption: 'left: cut-paper; right: blueprint' },
      ];
    }),
};

type Half = Omit<NonNullable<RecipeInput['regions']>[number], 'mask'>;

function drawHalves(tools: DrawingTools, index: number, prompt: string, left: Half, right: Half): Promise<RgbPicture> {
  const at = (x: number, half: Half) => ({ mask: { rectangle: { x, y: 0, width: side / 2, height: side } }, ...half });
  return draw(tools, { prompt, seed: tools.seed + index, regions: [at(0, left), at(side / 2, right)] });
}

/** Two painted halves, in the colours that the canvas gives to the first regions. */
const halves: RgbPicture = {
  width: side,
  height: side,
  data: Uint8Array.from(
    { length: 3 * side * side },
    (_, i) => (Math.floor(i / 3) % side < side / 2 ? [232, 148, 104] : [108, 160, 232])[i % 3]!,
  ),
};
