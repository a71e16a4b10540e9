import type { Shader } from '../shader.ts';
import { repeat, tileGrid, tilePlace, type GemmProblem } from './problem.ts';

/** A workgroup computes `rows` x `columns` sums, a thread `threadRows` x `threadColumns` of them, in slabs of `depth`. */
export interface Tile {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly threadRows: number;
  /** Multiple of 4; of 8 for gated problems. */
  readonly threadColumns: number;
  /** Two buffers let loads of the next slab overlap the sums of this one. */
  readonly buffers: 1 | 2;
}

export const portableTiles = {
  large: { rows: 64, columns: 64, depth: 16, threadRows: 4, threadColumns: 8, buffers: 2 },
  small: { rows: 32, columns: 32, depth: 16, threadRows: 2, threadColumns: 8, buffers: 2 },
  skinny: { rows: 8, columns: 64, depth: 16, threadRows: 1, threadColumns: 8, buffers: 2 },
} as const satisfies Record<string, Tile>;

export type PortableTileName = keyof typeof portableTiles;

/** The rule where nothing was measured: few rows take the skinny tile, few tiles the small one so that all cores have work. */
export function choosePortableTile({ rows, columns, batch }: GemmProblem): PortableTileName {
  if (rows <= 16) return 'skinny';
  const tiles = Math.ceil(rows / 64) * Math.ceil(columns / 64) * batch;
  return tiles < 64 || columns <= 32 ? 'small' : 'large';
}

export function tileName({ rows, columns, depth }: Tile): string {
  return `${rows}x${columns}x${depth}`;
}

/**
 * Register-tiled product for any device. The left tile is stored depth-major as scalars: components of one shared vec4 may not be
 * written by several invocations (WGSL memory model).
 */
export function emitPortableGemm(shader: Shader, problem: GemmProblem, tile: Tile): void {
  const { rows, columns, depth, threadRows, threadColumns, buffers } = tile;
  const across = columns / threadColumns;
  const threads = (rows / threadRows) * across;
  const quads = threadColumns / 4;
  const [m, n, k] = [shader.param('m', problem.rows), shader.param('n', problem.columns), shader.param('k', problem.depth)];
  const place = tilePlace(rows, columns, shader.param('batches', problem.batch));
  const rightType = problem.isRightTransposed ? 'f32' : 'vec4f';
  const rightSize = (depth * columns) / (problem.isRightTransposed ? 1 : 4);
  const staging = stage(problem, tile, threads);
  const body = `${place}
  let tr = thread / ${across}u * ${threadRows}u;
  let tc = thread % ${across}u;
${repeat(staging.leftLoads, (i) => `  let row${i} = rowAt(batch, m0 + (thread + ${i * threads}u) / ${depth / 4}u);`)}
${repeat(threadRows * quads, (i) => `  var acc${i} = vec4f(0.0);`)}
  var side = 0u;
${staging.code('0u', 'side')}
  workgroupBarrier();
  for (var k0 = 0u; k0 < ${k}; k0 += ${depth}u) {
    ${buffers === 2 ? `if (k0 + ${depth}u < ${k}) {\n${staging.code(`(k0 + ${depth}u)`, '(1u - side)')}\n    }` : ''}
    for (var kk = 0u; kk < ${depth}u; kk++) {
      let at = side * ${depth * rows}u + kk * ${rows}u + tr;
      let bt = side * ${rightSize}u + kk * ${columns / (problem.isRightTransposed ? 1 : 4)}u + tc * ${problem.isRightTransposed ? threadColumns : quads}u;
${repeat(quads, (j) => `      let b${j} = ${rightQuad(problem, j)};`)}
${repeat(threadRows, (i) => `      let a${i} = vec4f(tileA[at + ${i}u]);\n${repeat(quads, (j) => `      acc${i * quads + j} = fma(a${i}, b${j}, acc${i * quads + j});`)}`)}
    }
    workgroupBarrier();
    ${buffers === 2 ? 'side = 1u - side;' : `if (k0 + ${depth}u < ${k}) {\n${staging.code(`(k0 + ${depth}u)`, 'side')}\n    }\n    workgroupBarrier();`}
  }
${repeat(threadRows, (i) => `  if (m0 + tr + ${i}u < ${m}) {\n${finishRow(problem, i, quads, threadColumns, n)}\n  }`)}`;
  const declarations = `${problem.declarations(depth)}
var<workgroup> tileA: array<f32, ${buffers * depth * rows}>;
var<workgroup> tileB: array<${rightType}, ${buffers * rightSize}>;`;
  shader.finish({ threads, grid: tileGrid(problem, rows, columns), declarations, body });
}

function rightQuad({ isRightTransposed }: GemmProblem, j: number): string {
  if (!isRightTransposed) return `tileB[bt + ${j}u]`;
  return `vec4f(${[0, 1, 2, 3].map((c) => `tileB[bt + ${j * 4 + c}u]`).join(', ')})`;
}

function finishRow({ isGated }: GemmProblem, i: number, quads: number, threadColumns: number, n: string): string {
  const step = isGated ? 2 : 1;
  return repeat(quads / step, (j) => {
    const column = `n0 + tc * ${threadColumns}u + ${j * step * 4}u`;
    const values = isGated ? `acc${i * quads + j * 2}, acc${i * quads + j * 2 + 1}` : `acc${i * quads + j}`;
    return `    if (${column} < ${n}) { finish(batch, m0 + tr + ${i}u, ${column}, ${values}); }`;
  });
}

/** Code that copies one slab of both matrices into buffer `side`. */
function stage(problem: GemmProblem, { rows, columns, depth }: Tile, threads: number) {
  const leftVectors = (rows * depth) / 4;
  const rightVectors = (columns * depth) / 4;
  const leftLoads = Math.ceil(leftVectors / threads);
  const guard = (vectors: number, i: number, code: string) =>
    (i + 1) * threads > vectors ? `if (thread + ${i * threads}u < ${vectors}u) { ${code} }` : `{ ${code} }`;
  const code = (k0: string, side: string) => {
    const left = repeat(leftLoads, (i) => {
      const load = `let e = thread + ${i * threads}u; let q = e % ${depth / 4}u * 4u; let v = loadA(row${i}, slab, q);
      let to = ${side} * ${depth * rows}u + q * ${rows}u + e / ${depth / 4}u;
      tileA[to] = v.x; tileA[to + ${rows}u] = v.y; tileA[to + ${2 * rows}u] = v.z; tileA[to + ${3 * rows}u] = v.w;`;
      return `      ${guard(leftVectors, i, load)}`;
    });
    const right = repeat(Math.ceil(rightVectors / threads), (i) => {
      const e = `let e = thread + ${i * threads}u;`;
      const straight = `${e} tileB[${side} * ${rightVectors}u + e] = loadB(batch, ${k0} + e / ${columns / 4}u, n0 + e % ${columns / 4}u * 4u);`;
      const turned = `${e} let q = e % ${depth / 4}u * 4u; let c = e / ${depth / 4}u; let v = loadB(batch, ${k0} + q, n0 + c);
      let to = ${side} * ${depth * columns}u + q * ${columns}u + c;
      tileB[to] = v.x; tileB[to + ${columns}u] = v.y; tileB[to + ${2 * columns}u] = v.z; tileB[to + ${3 * columns}u] = v.w;`;
      return `      ${guard(rightVectors, i, problem.isRightTransposed ? turned : straight)}`;
    });
    return `    {\n      let slab = slabAt(${k0});\n${left}\n${right}\n    }`;
  };
  return { leftLoads, code };
}
