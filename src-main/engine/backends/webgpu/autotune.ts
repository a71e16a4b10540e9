import { GraphBuilder, Scope } from '../../../../kernels/graph/builder.ts';
import { tokens, type Graph } from '../../../../kernels/graph/graph.ts';
import { linear } from '../../../../kernels/linear/op.ts';
import { elementCount, floatTensor } from '../../../../kernels/tensor.ts';
import type { WgslTarget } from '../../../../kernels/wgsl/emitter.ts';
import { portableTiles } from '../../../../kernels/wgsl/gemm/portable.ts';
import type { OpenDevice } from './device/open.ts';
import { buildProgram } from './program/build.ts';
import { prepareProgram } from './run/executable.ts';

/** The fastest variant of each shape class, by `kernel class`. Plain data: it is kept in the user's cache, and tables may ship. */
export type TuningTable = Readonly<Record<string, string>>;

/** A choice for `WgslTarget.prefer`. */
export function tuned(table: TuningTable): NonNullable<WgslTarget['prefer']> {
  return (kernel, shapeClass) => table[`${kernel} ${shapeClass}`];
}

/** The shape classes whose variant matters in a graph. */
export function shapeClasses(graph: Graph, target: WgslTarget): string[] {
  const seen = new Set<string>();
  const prefer = (kernel: string, shapeClass: string) => void seen.add(`${kernel} ${shapeClass}`);
  buildProgram(graph, { ...target, prefer });
  return [...seen];
}

const runs = 5;
/** Larger products are not worth their memory here: the largest tile is right for them. */
const mostElements = 2 ** 24;

/**
 * Times every variant for the classes of a graph that the table lacks. A product stands for all of its class, convolutions included: they run
 * the same loops over the same tiles.
 */
export async function tune(device: OpenDevice, target: WgslTarget, graph: Graph, known: TuningTable = {}): Promise<TuningTable> {
  const table: Record<string, string> = { ...known };
  for (const name of shapeClasses(graph, target)) {
    if (table[name] !== undefined) continue;
    const [rows, columns, depth, batch] = name.split(' ')[1]!.split('x').map(Number) as [number, number, number, number];
    if (rows * batch * Math.max(columns, depth) > mostElements || columns * depth > mostElements) continue;
    const times = await timeVariants(device, target, rows * batch, columns, depth);
    const [fastest] = times.toSorted((a, b) => a.ms - b.ms);
    if (fastest) table[name] = fastest.variant;
  }
  return table;
}

interface VariantTime {
  readonly variant: string;
  readonly ms: number;
}

async function timeVariants(device: OpenDevice, target: WgslTarget, rows: number, columns: number, depth: number): Promise<VariantTime[]> {
  const graph = new GraphBuilder();
  const x = graph.input('x', tokens(1, rows, depth));
  const built = graph.build({ y: linear(new Scope(graph), x, columns) });
  const inputs = new Map([['x', floatTensor([1, rows, depth])]]);
  const times: VariantTime[] = [];
  for (const variant of [...Object.keys(portableTiles), ...(target.matrix ? ['matrix'] : [])]) {
    const program = buildProgram(built, { ...target, prefer: () => variant });
    const executable = await prepareProgram(device, program, async ({ shape }) => new Float32Array(elementCount(shape)));
    await executable.time(inputs, 1);
    const samples: number[] = [];
    for (let i = 0; i < runs; i++) samples.push(await executable.time(inputs, 1));
    times.push({ variant, ms: Math.min(...samples) });
    await executable.dispose();
  }
  return times;
}
