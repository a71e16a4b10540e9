import { blobPixels } from '../blob-colour.ts';
import type { SheetName } from '../drawings.ts';
import type { Scene } from '../lists.ts';
import { draw, each, fewThings, grouped, side, type Demonstration, type DrawingTools } from './tools.ts';

/** A control picture and what is drawn from it. */
export function controlled(model: string, hints: SheetName): Demonstration {
  return {
    layout: grouped,
    cells: (tools) =>
      each(fewThings(tools.lists.scenes.mixed), async ([index, { prompt }]) => {
        const hint = await tools.drawings.drawing(hints, index);
        const assets = await tools.engine.asset(hint);
        const controls = Object.keys(assets).map((picture) => ({ model, picture, strength: 1 }));
        const picture = await draw(tools, { prompt, seed: tools.seed + index, controls }, assets);
        return [
          { picture: hint, caption: model },
          { picture, caption: prompt },
        ];
      }),
  };
}

const leftHalf = { rectangle: { x: 0, y: 0, width: side / 2, height: side } };

/** Scenes with one thing wholly in the left half and one wholly in the right half, with their numbers in the list. */
async function partedThings({ drawings, lists }: DrawingTools, count: number): Promise<(readonly [index: number, scene: Scene])[]> {
  const found: (readonly [number, Scene])[] = [];
  for (const [index, scene] of lists.scenes.mixed.entries()) {
    const halves = blobPixels(await drawings.drawing('mixed-areas', index)).map((pixels) => {
      const columns = pixels.map((pixel) => pixel % side);
      return Math.max(...columns) < side / 2 ? 'left' : Math.min(...columns) > side / 2 ? 'right' : 'both';
    });
    if (halves.toSorted().join() === 'left,right') found.push([index, scene]);
    if (found.length === count) break;
  }
  return found;
}

/** Lines that guide the whole page, and only its left half. */
export const maskedLines: Demonstration = {
  layout: grouped,
  cells: async (tools) =>
    each(await partedThings(tools, 4), async ([index, { prompt }]) => {
      const hint = await tools.drawings.drawing('mixed-lines', index);
      const assets = await tools.engine.asset(hint);
      const steered = (mask: { readonly mask?: typeof leftHalf }) => {
        const controls = Object.keys(assets).map((picture) => ({ model: 'lines', picture, strength: 1, ...mask }));
        return draw(tools, { prompt, seed: tools.seed + index, controls }, assets);
      };
      return [
        { picture: hint, caption: prompt },
        { picture: await steered({}), caption: 'the lines guide all of it' },
        { picture: await steered({ mask: leftHalf }), caption: 'only the left half' },
      ];
    }),
};

export const reference: Demonstration = {
  layout: grouped,
  cells: (tools) =>
    each(fewThings(tools.lists.scenes.single), async ([index, { prompt }]) => {
      const shown = await tools.drawings.drawing('single', index);
      const assets = await tools.engine.asset(shown);
      const references = Object.keys(assets).map((picture) => ({ picture, weight: 1 }));
      const picture = await draw(tools, { prompt: 'a picture', seed: tools.seed + index, references }, assets);
      return [
        { picture: shown, caption: `reference: ${prompt}` },
        { picture, caption: 'a picture' },
      ];
    }),
};

const stylePrompts = ['a red house under a blue sky', 'a green pine in winter', 'an orange fish at sea', 'a yellow star at night'];

export const style: Demonstration = {
  layout: grouped,
  cells: (tools) =>
    each(stylePrompts, (prompt, i) =>
      each([0, 0.5, 1], async (weight) => {
        const loras = weight === 0 ? [] : [{ file: 'blueprint', weight }];
        return [{ picture: await draw(tools, { prompt, seed: tools.seed + i, loras }), caption: `${prompt}, LoRA ${weight}` }];
      }),
    ),
};
