import type { WgslEmitter } from '../emitter.ts';
import { Shader } from '../shader.ts';
import { emitMatrixGemm, matrixTileFor } from './matrix.ts';
import { choosePortableTile, emitPortableGemm, portableTiles, tileName, type PortableTileName } from './portable.ts';
import type { GemmProblem } from './problem.ts';

/**
 * Appends the launch of a matrix product with the kernel that suits the device and the sizes.
 * @param build binds the operands and states the problem
 */
export function emitGemm(emit: WgslEmitter, name: string, sizes: GemmSizes, build: (shader: Shader) => GemmProblem): void {
  const preferred = emit.target.prefer?.('gemm', shapeClass(sizes));
  const matrixTile = preferred === undefined || preferred === 'matrix' ? matrixTileFor(emit.target, sizes) : undefined;
  if (matrixTile) {
    const shader = new Shader(emit, `${name} matrix ${matrixTile.rows}x${matrixTile.columns}x${matrixTile.depth}`);
    emitMatrixGemm(shader, build(shader), matrixTile, emit.target.matrix!);
    return;
  }
  const tile = portableTiles[isTileName(preferred) ? preferred : choosePortableTile({ ...sizes, name, declarations: () => '' })];
  const shader = new Shader(emit, `${name} ${tileName(tile)}`);
  emitPortableGemm(shader, build(shader), tile);
}

export type GemmSizes = Pick<GemmProblem, 'rows' | 'columns' | 'depth' | 'batch'> &
  Partial<Pick<GemmProblem, 'isGated' | 'isRightTransposed'>>;

/** Products whose sizes round up to the same powers of two are timed as one. */
export function shapeClass({ rows, columns, depth, batch }: GemmSizes): string {
  return [rows, columns, depth, batch].map((size) => 2 ** Math.ceil(Math.log2(Math.max(1, size)))).join('x');
}

function isTileName(name: string | undefined): name is PortableTileName {
  return name !== undefined && name in portableTiles;
}
