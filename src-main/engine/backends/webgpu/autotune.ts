import type { Graph } from '../../../../kernels/graph/graph.ts';
import type { WgslTarget } from '../../../../kernels/wgsl/emitter.ts';
import { portableTiles } from '../../../../kernels/wgsl/gemm/portable.ts';
import type { Records } from '../../cache/record-file.ts';
import { buildProgram } from './program/build.ts';

/** The fastest variant of each shape class, by `kernel class`. Plain data: it is kept in the user's cache, and tables may ship. */
export type TuningTable = Readonly<Record<string, string>>;

/** Keeps the table of each device. */
export type TuningStore = Records<TuningTable>;

/** A choice for `WgslTarget.prefer`. */
export function tuned(table: TuningTable): NonNullable<WgslTarget['prefer']> {
  return (kernel, shapeClass) => table[`${kernel} ${shapeClass}`];
}

/** Sizes of a product that stands for its class. */
export interface ProductClass {
  /** As tables name it. */
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
}

/** The classes whose variant matters in a graph, those with most work first. */
export function shapeClasses(graph: Graph, target: WgslTarget): ProductClass[] {
  const uses = new Map<string, number>();
  const prefer = (kernel: string, shapeClass: string) => {
    const name = `${kernel} ${shapeClass}`;
    uses.set(name, (uses.get(name) ?? 0) + 1);
    return undefined;
  };
  buildProgram(graph, { ...target, prefer });
  const classes = [...uses].map(([name, count]) => {
    const [rows, columns, depth, batch] = name.split(' ')[1]!.split('x').map(Number) as [number, number, number, number];
    return { name, rows: rows * batch, columns, depth, work: rows * batch * columns * depth * count };
  });
  return classes.toSorted((a, b) => b.work - a.work);
}

/** What a device can be asked to do: run a product of these sizes by a variant once. */
export interface VariantTimer {
  /** Milliseconds of the fastest of a few runs. Throws where the variant does not run on the device. */
  time(product: ProductClass, variant: string): Promise<number>;
  now(): number;
}

export interface TuneOptions {
  readonly timer: VariantTimer;
  readonly known?: TuningTable;
  /** No class is begun after so many milliseconds: what is left follows the kernels' own rules until the next time. */
  readonly limitMs?: number;
}

/** Larger products are not worth their memory here: the largest tile is right for them. */
const mostElements = 2 ** 25;

/**
 * Times every variant for the classes of a graph that the table lacks. A product stands for all of its class, convolutions included: they run
 * the same loops over the same tiles.
 */
export async function tune(graph: Graph, target: WgslTarget, { timer, known = {}, limitMs = 3000 }: TuneOptions): Promise<TuningTable> {
  const table: Record<string, string> = { ...known };
  const end = timer.now() + limitMs;
  for (const product of shapeClasses(graph, target)) {
    const { name, rows, columns, depth } = product;
    if (table[name] !== undefined || Math.max(rows * columns, rows * depth, columns * depth) > mostElements) continue;
    if (timer.now() >= end) break;
    let best: { readonly variant: string; readonly ms: number } | undefined;
    for (const variant of variants(target)) {
      const ms = await timer.time(product, variant);
      if (!best || ms < best.ms) best = { variant, ms };
    }
    if (best) table[name] = best.variant;
  }
  return table;
}

function variants(target: WgslTarget): string[] {
  return [...(target.matrix ? ['matrix'] : []), ...Object.keys(portableTiles)];
}
