import type { RecipeInput } from '../../../../src-main/contract/recipe.ts';
import type { AssetPaths } from '../../../../src-main/engine/engine-service.ts';
import type { Drawings } from '../drawings.ts';
import type { DrawingEngine } from '../engine.ts';
import type { Lists, Scene } from '../lists.ts';
import type { Cell, SheetLayout } from './layout.ts';

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

/** Side of a native page in pixels. */
export const side = 256;
const examples = 6;

/** Sheets whose cells belong together by twos or threes. */
export const grouped: SheetLayout = { columns: 6, side: 170 };

export async function each<Item>(items: readonly Item[], make: (item: Item, index: number) => Promise<Cell[]>): Promise<Cell[]> {
  const cells: Cell[] = [];
  for (const [index, item] of items.entries()) cells.push(...(await make(item, index)));
  return cells;
}

/** The first scenes of one or two things, with their numbers in the list. */
export function fewThings(scenes: readonly Scene[], count = examples): (readonly [index: number, scene: Scene])[] {
  return [...scenes.entries()].filter(([, { things }]) => things.length <= 2).slice(0, count);
}

/** Draws one native page, or one of the recipe's own size. */
export function draw(
  { engine, settings }: DrawingTools,
  recipe: Pick<RecipeInput, 'prompt' | 'seed'> & Partial<RecipeInput>,
  assets: AssetPaths = {},
) {
  return engine.draw({ model: engine.name, size: { width: side, height: side }, syntax: 'plain', ...settings, ...recipe }, assets);
}
