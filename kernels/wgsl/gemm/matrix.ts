import type { MatrixShape, WgslTarget } from '../emitter.ts';
import type { Shader } from '../shader.ts';
import { repeat, tileGrid, tilePlace, type GemmProblem } from './problem.ts';

/** A workgroup's tile and how its subgroups share it: `down` x `across` of them. */
export interface MatrixTile {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly down: number;
  readonly across: number;
}

type Sizes = Pick<GemmProblem, 'rows' | 'columns' | 'depth' | 'batch'>;

/**
 * The tile for matrix units, or undefined where the portable kernel serves better: few rows, or no units.
 * Metal's 8x8x8 stages f32; 16x16x16 stages f16, of which twice the depth fits.
 */
export function matrixTileFor(target: WgslTarget, { rows, columns, batch }: Sizes): MatrixTile | undefined {
  const { matrix } = target;
  if (!matrix || rows < 2 * matrix.m) return undefined;
  const depth = matrix.component === 'f32' ? 16 : 32;
  const large = { rows: 64, columns: 64, depth, down: 2, across: 2 };
  const small = { rows: 32, columns: 32, depth, down: 2, across: 2 };
  const tiles = Math.ceil(rows / 64) * Math.ceil(columns / 64) * batch;
  const tile = tiles < 64 || columns <= 32 ? small : large;
  const threads = tile.down * tile.across * matrix.subgroupSize;
  return threads <= target.maxInvocations && sharedBytes(tile, matrix) <= target.workgroupBytes ? tile : undefined;
}

/** Bytes of workgroup memory: both operand tiles and a strip of sums for each subgroup. */
function sharedBytes({ rows, columns, depth, down, across }: MatrixTile, { component, m }: MatrixShape): number {
  return (rows + columns) * depth * (component === 'f32' ? 4 : 2) + down * across * m * (columns / across) * 4;
}

/**
 * Product on subgroup matrices. Operands pass through workgroup memory as scalars (matrix loads from vec4 arrays count strides
 * differently between drivers); sums leave through a strip a subgroup, where the problem's `finish` sees them.
 */
export function emitMatrixGemm(shader: Shader, problem: GemmProblem, tile: MatrixTile, shape: MatrixShape): void {
  const { rows, columns, depth, down, across } = tile;
  const { component: type, m, n, k, subgroupSize } = shape;
  const [high, wide] = [rows / down, columns / across];
  const [matrixRows, matrixColumns] = [high / m, wide / n];
  const threads = down * across * subgroupSize;
  const [limitM, limitN, limitK] = [shader.param('m', problem.rows), shader.param('n', problem.columns), shader.param('k', problem.depth)];
  const leftVectors = (rows * depth) / 4;
  const rightVectors = (columns * depth) / 4;
  const leftLoads = Math.ceil(leftVectors / threads);
  const body = `${tilePlace(rows, columns, shader.param('batches', problem.batch))}
  let r0 = subgroup / ${across}u * ${high}u;
  let c0 = subgroup % ${across}u * ${wide}u;
${repeat(leftLoads, (i) => `  let row${i} = rowAt(batch, m0 + (thread + ${i * threads}u) / ${depth / 4}u);`)}
${repeat(matrixRows * matrixColumns, (i) => `  var sum${i} = Sum();`)}
  for (var k0 = 0u; k0 < ${limitK}; k0 += ${depth}u) {
    let slab = slabAt(k0);
${repeat(leftLoads, (i) => guarded(i, threads, leftVectors, `let q = e % ${depth / 4}u * 4u; let v = loadA(row${i}, slab, q); let to = e / ${depth / 4}u * ${depth}u + q; ${scatter('tileA', type, 1)}`))}
${repeat(Math.ceil(rightVectors / threads), (i) => guarded(i, threads, rightVectors, stageRight(problem, columns, depth, type)))}
    workgroupBarrier();
    for (var kk = 0u; kk < ${depth}u; kk += ${k}u) {
${repeat(matrixRows, (i) => `      let a${i} = subgroupMatrixLoad<Left, row_major>(&tileA, (r0 + ${i * m}u) * ${depth}u + kk, ${depth}u);`)}
${repeat(
  matrixColumns,
  (j) => `      {
        let b = subgroupMatrixLoad<Right, row_major>(&tileB, kk * ${columns}u + c0 + ${j * n}u, ${columns}u);
${repeat(matrixRows, (i) => `        sum${i * matrixColumns + j} = subgroupMatrixMultiplyAccumulate(a${i}, b, sum${i * matrixColumns + j});`)}
      }`,
)}
    }
    workgroupBarrier();
  }
${repeat(matrixRows, (i) => strip(problem, i, { matrixColumns, wide, m, n, subgroupSize, limitM, limitN }))}`;
  const declarations = `${problem.declarations(depth)}
alias Left = subgroup_matrix_left<${type}, ${k}, ${m}>;
alias Right = subgroup_matrix_right<${type}, ${n}, ${k}>;
alias Sum = subgroup_matrix_result<f32, ${n}, ${m}>;
var<workgroup> tileA: array<${type}, ${rows * depth}>;
var<workgroup> tileB: array<${type}, ${columns * depth}>;
var<workgroup> sums: array<f32, ${down * across * m * wide}>;`;
  shader.finish({ threads, grid: tileGrid(problem, rows, columns), declarations, body, subgroups: { size: subgroupSize, matrix: true } });
}

function guarded(i: number, threads: number, vectors: number, code: string): string {
  const inside = `let e = thread + ${i * threads}u; ${code}`;
  return (i + 1) * threads > vectors ? `    if (thread + ${i * threads}u < ${vectors}u) { ${inside} }` : `    { ${inside} }`;
}

/** Writes the components of `v` to `to`, `to + stride`, … */
function scatter(tile: string, type: string, stride: number): string {
  return ['x', 'y', 'z', 'w'].map((part, i) => `${tile}[to + ${i * stride}u] = ${type}(v.${part});`).join(' ');
}

function stageRight({ isRightTransposed }: GemmProblem, columns: number, depth: number, type: string): string {
  if (isRightTransposed) {
    return `let q = e % ${depth / 4}u * 4u; let c = e / ${depth / 4}u; let v = loadB(batch, k0 + q, n0 + c); let to = q * ${columns}u + c; ${scatter('tileB', type, columns)}`;
  }
  return `let c = e % ${columns / 4}u * 4u; let r = e / ${columns / 4}u; let v = loadB(batch, k0 + r, n0 + c); let to = r * ${columns}u + c; ${scatter('tileB', type, 1)}`;
}

interface StripSizes {
  readonly matrixColumns: number;
  readonly wide: number;
  readonly m: number;
  readonly n: number;
  readonly subgroupSize: number;
  readonly limitM: string;
  readonly limitN: string;
}

/** Hands the sums of one row of matrices to `finish`. Barriers are for the whole workgroup, so no subgroup may leave early. */
function strip({ isGated }: GemmProblem, i: number, { matrixColumns, wide, m, n, subgroupSize, limitM, limitN }: StripSizes): string {
  const unit = isGated ? 8 : 4;
  const quad = (offset: number) => `vec4f(${[0, 1, 2, 3].map((c) => `sums[at + ${offset + c}u]`).join(', ')})`;
  return `${repeat(matrixColumns, (j) => `  subgroupMatrixStore<row_major>(&sums, subgroup * ${m * wide}u + ${j * n}u, sum${i * matrixColumns + j}, ${wide}u);`)}
  workgroupBarrier();
  for (var e = lane; e < ${(m * wide) / unit}u; e += ${subgroupSize}u) {
    let row = m0 + r0 + ${i * m}u + e / ${wide / unit}u;
    let column = n0 + c0 + e % ${wide / unit}u * ${unit}u;
    let at = subgroup * ${m * wide}u + e * ${unit}u;
    if (row < ${limitM} && column < ${limitN}) { finish(batch, row, column, ${isGated ? `${quad(0)}, ${quad(4)}` : quad(0)}); }
  }
  workgroupBarrier();`;
}
