import type { WgslEmitter } from '../emitter.ts';
import type { Shader } from '../shader.ts';

/**
 * A product of matrices by its parts, whatever kernel computes it: `rows x depth` times `depth x columns`, `batch` times over.
 *
 * `declarations` gives WGSL with
 * - `alias/struct Row` and `fn rowAt(batch: u32, row: u32) -> Row`: what is decoded once for each row (row may lie past the end);
 * - `alias/struct Slab` and `fn slabAt(depth: u32) -> Slab`: what is decoded once for each slab of `slabDepth`;
 * - `fn loadA(row: Row, slab: Slab, offset: u32) -> vec4f`: 4 consecutive depths of the left matrix, 0 outside;
 * - `fn loadB(batch: u32, depth: u32, column: u32) -> vec4f`: 4 consecutive columns of the right matrix, 0 outside; with
 *   `isRightTransposed` 4 consecutive depths of one column;
 * - `fn finish(batch: u32, row: u32, column: u32, v: vec4f)`: what becomes of 4 sums; with `isGated` it takes 8, as two vectors.
 */
export interface GemmProblem {
  readonly name: string;
  readonly batch: number;
  readonly rows: number;
  /** Multiple of 4; of 8 where gated. */
  readonly columns: number;
  readonly depth: number;
  readonly isRightTransposed?: boolean;
  readonly isGated?: boolean;
  readonly declarations: (slabDepth: number) => string;
}

/** Appends the launch of one way to compute the problem. */
export type GemmKernel = (shader: Shader, problem: GemmProblem, emit: WgslEmitter) => void;

/** The workgroup's place: `batch`, first row `m0` and first column `n0`. More than 65,535 row tiles fold into the third dimension. */
export function tilePlace(tileRows: number, tileColumns: number, batches: string): string {
  return `  let batch = group.z % ${batches};
  let m0 = (group.y + group.z / ${batches} * 65535u) * ${tileRows}u;
  let n0 = group.x * ${tileColumns}u;`;
}

export function tileGrid({ rows, columns, batch }: GemmProblem, tileRows: number, tileColumns: number): [number, number, number] {
  const down = Math.ceil(rows / tileRows);
  return [Math.ceil(columns / tileColumns), Math.min(down, 65_535), batch * Math.ceil(down / 65_535)];
}

export function repeat(count: number, line: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => line(index)).join('\n');
}
