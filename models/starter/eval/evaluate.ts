import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../../src-main/contract/errors.ts';
import { Drawings, writePicture } from './drawings.ts';
import { DrawingEngine } from './engine.ts';
import { Judge } from './judge.ts';
import { readLists } from './lists.ts';
import { measures, type MeasureTools, type Sample } from './measures.ts';
import type { EvalOptions } from './options.ts';
import { markdownOf, tableOf, type TableLine } from './table.ts';

export interface Evaluation {
  readonly table: readonly TableLine[];
  /** Why measures are missing, by name. */
  readonly notMeasured: Readonly<Record<string, string>>;
  /** What to know of the model. */
  readonly notes: readonly string[];
  readonly settings: MeasureTools['settings'] & { readonly seedOffset: number; readonly list: string };
}

/**
 * Draws and measures. A measure whose companion (ControlNet, IP-Adapter) is not there is left out with the reason.
 * @param progress hears each measure after each picture
 */
export async function evaluate(options: EvalOptions, progress: (measure: string, done: number, of: number) => void): Promise<Evaluation> {
  const { model, threads, out, seedOffset } = options;
  const lists = readLists(options.list);
  await using judge = await Judge.open(options.judge, threads);
  await using engine = await DrawingEngine.open({ ...(model !== undefined && { model }), ...(threads !== undefined && { threads }) });
  const { steps, guidance, sampler } = { ...engine.settings, ...options };
  const settings = { steps, guidance, sampler };
  if (out !== undefined) await mkdir(out, { recursive: true });
  const tools: MeasureTools = {
    engine,
    judge,
    lists,
    settings,
    seedOffset,
    drawings: new Drawings(lists),
    keep: async (name, picture) => (out === undefined ? undefined : writePicture(join(out, `${name}.png`), picture)),
  };
  const samples: Sample[] = [];
  const notMeasured: Record<string, string> = {};
  for (const name of options.rows) {
    try {
      samples.push(...(await runMeasure(name, options.count, tools, progress)));
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'addOnMissing') throw error;
      notMeasured[name] = error.message;
    }
  }
  const described = { ...settings, seedOffset, list: options.list ?? 'fixed' };
  const evaluation = { table: tableOf(samples), notMeasured, notes: engine.notes, settings: described };
  if (out !== undefined) {
    await writeFile(join(out, 'table.md'), `${markdownOf(evaluation.table)}\n`);
    await writeFile(join(out, 'table.json'), `${JSON.stringify(evaluation, null, 2)}\n`);
  }
  return evaluation;
}

async function runMeasure(
  name: string,
  most: number,
  tools: MeasureTools,
  progress: (measure: string, done: number, of: number) => void,
): Promise<Sample[]> {
  const measure = measures[name]!;
  const count = Math.min(measure.count(tools.lists), most);
  const samples: Sample[] = [];
  for (let index = 0; index < count; index++) {
    samples.push(...(await measure.run(index, tools)));
    progress(name, index + 1, count);
  }
  return samples;
}
