import type { RecipeInput } from '../../../../src-main/contract/recipe.ts';
import type { RgbPicture } from '../../../../src-main/core/rgb-picture.ts';
import type { Drawings, SheetName } from '../drawings.ts';
import type { DrawingEngine } from '../engine.ts';
import type { Lists, Scene } from '../lists.ts';
import type { Cell, SheetLayout } from './layout.ts';
import { sheetPrompts } from './sheet-prompts.ts';

export interface DrawingTools {
  readonly engine: DrawingEngine;
  readonly drawings: Drawings;
  readonly lists: Lists;
  readonly settings: Pick<RecipeInput, 'steps' | 'guidance' | 'sampler'>;
  /** Of the first picture; the others follow. */
  readonly seed: number;
}

export interface Demonstration {
  readonly layout: SheetLayout;
  cells(tools: DrawingTools): Promise<Cell[]>;
}

const side = 256;
const pairs: SheetLayout = { columns: 6, side: 170 };
const examples = 6;

const sheet: Demonstration = {
  layout: { columns: 6, side: 192 },
  cells: (tools) =>
    each(sheetPrompts, async (prompt, i) => [{ picture: await draw(tools, { prompt, seed: tools.seed + i }), caption: prompt }]),
};

/** A control picture and what is drawn from it. */
function controlled(model: string, hints: SheetName): Demonstration {
  return {
    layout: pairs,
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

const reference: Demonstration = {
  layout: pairs,
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

const style: Demonstration = {
  layout: pairs,
  cells: (tools) =>
    each(stylePrompts, (prompt, i) =>
      each([0, 0.5, 1], async (weight) => {
        const loras = weight === 0 ? [] : [{ file: 'cut-paper', weight }];
        const said = weight === 0 ? prompt : `${prompt}, cut paper`;
        return [{ picture: await draw(tools, { prompt: said, seed: tools.seed + i, loras }), caption: `${prompt}, LoRA ${weight}` }];
      }),
    ),
};

const regionPrompts = [
  ['a picture by day', 'a red house', 'a blue boat'],
  ['a picture at night', 'a yellow star', 'a white rocket'],
  ['a picture in the snow', 'a green pine', 'an orange cat'],
  ['a picture at sea', 'a pink fish', 'a brown castle'],
  ['a picture in the desert', 'a green cactus', 'a turquoise car'],
  ['a picture on a white background', 'a purple heart', 'a black cup'],
] as const;

const regions: Demonstration = {
  layout: pairs,
  cells: (tools) =>
    each(regionPrompts, async ([prompt, left, right], i) => {
      const half = (x: number, said: string) => ({ mask: { rectangle: { x, y: 0, width: side / 2, height: side } }, prompt: said });
      const painted = [half(0, left), half(side / 2, right)];
      const picture = await draw(tools, { prompt, seed: tools.seed + i, regions: painted });
      return [
        { picture: halves, caption: `left: ${left}; right: ${right}` },
        { picture, caption: prompt },
      ];
    }),
};

/** Two painted halves, in the colours that the canvas gives to the first regions. */
const halves: RgbPicture = {
  width: side,
  height: side,
  data: Uint8Array.from(
    { length: 3 * side * side },
    (_, i) => (Math.floor(i / 3) % side < side / 2 ? [232, 148, 104] : [108, 160, 232])[i % 3]!,
  ),
};

/** By the name of the file that each becomes. */
export const demonstrations: Readonly<Record<string, Demonstration>> = {
  'starter-sheet': sheet,
  'starter-lines': controlled('lines', 'mixed-lines'),
  'starter-blobs': controlled('blobs', 'mixed-blobs'),
  'starter-reference': reference,
  'starter-style': style,
  'starter-regions': regions,
};

async function each<Item>(items: readonly Item[], make: (item: Item, index: number) => Promise<Cell[]>): Promise<Cell[]> {
  const cells: Cell[] = [];
  for (const [index, item] of items.entries()) cells.push(...(await make(item, index)));
  return cells;
}

/** The first scenes of one or two things, with their numbers in the list. */
function fewThings(scenes: readonly Scene[]): (readonly [index: number, scene: Scene])[] {
  return [...scenes.entries()].filter(([, { things }]) => things.length <= 2).slice(0, examples);
}

function draw({ engine, settings }: DrawingTools, recipe: Pick<RecipeInput, 'prompt' | 'seed'> & Partial<RecipeInput>, assets = {}) {
  return engine.draw({ model: engine.name, size: { width: side, height: side }, syntax: 'plain', ...settings, ...recipe }, assets);
}
