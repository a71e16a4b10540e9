import { floatTensor, type FloatTensor } from '../../../kernels/tensor.ts';

/** How a picture is cut into overlapping tiles (diffusers AutoencoderKL): sizes in the units of the tiles' input and output. */
export interface TilePlan {
  /** Side of a tile of the input. */
  readonly inputSize: number;
  /** Side of the tile that comes out. */
  readonly outputSize: number;
  /** Share of a tile that overlaps the next. */
  readonly overlap: number;
}

/**
 * Runs `process` over overlapping tiles of x [1, C, H, W] and blends them linearly, first with the tile above, then with the one to
 * the left; each blends with its already blended neighbour (diffusers tiled_decode and tiled_encode).
 */
export async function tiled(x: FloatTensor, plan: TilePlan, process: (tile: FloatTensor) => Promise<FloatTensor>): Promise<FloatTensor> {
  const [, , height, width] = x.shape as [number, number, number, number];
  const stride = Math.floor(plan.inputSize * (1 - plan.overlap));
  const blend = Math.floor(plan.outputSize * plan.overlap);
  const limit = plan.outputSize - blend;
  const rows: FloatTensor[][] = [];
  for (let top = 0; top < height; top += stride) {
    const row: FloatTensor[] = [];
    for (let left = 0; left < width; left += stride) row.push(await process(crop(x, top, left, plan.inputSize, plan.inputSize)));
    rows.push(row);
  }
  const kept = rows.map((row, i) =>
    row.map((tile, j) => {
      if (i > 0) blendRows(rows[i - 1]![j]!, tile, blend);
      if (j > 0) blendColumns(row[j - 1]!, tile, blend);
      return crop(tile, 0, 0, limit, limit);
    }),
  );
  return assemble(kept);
}

function blendRows(above: FloatTensor, tile: FloatTensor, extent: number): void {
  const [, channels, aboveHeight, width] = above.shape as [number, number, number, number];
  const [, , height, ownWidth] = tile.shape as [number, number, number, number];
  const rows = Math.min(extent, aboveHeight, height);
  for (let c = 0; c < channels; c++)
    for (let y = 0; y < rows; y++)
      for (let column = 0; column < ownWidth; column++) {
        const at = (c * height + y) * ownWidth + column;
        const other = above.data[(c * aboveHeight + aboveHeight - rows + y) * width + column]!;
        tile.data[at] = other * (1 - y / rows) + tile.data[at]! * (y / rows);
      }
}

function blendColumns(before: FloatTensor, tile: FloatTensor, extent: number): void {
  const [, channels, beforeHeight, beforeWidth] = before.shape as [number, number, number, number];
  const [, , height, width] = tile.shape as [number, number, number, number];
  const columns = Math.min(extent, beforeWidth, width);
  for (let c = 0; c < channels; c++)
    for (let y = 0; y < height; y++)
      for (let column = 0; column < columns; column++) {
        const at = (c * height + y) * width + column;
        const other = before.data[(c * beforeHeight + y) * beforeWidth + beforeWidth - columns + column]!;
        tile.data[at] = other * (1 - column / columns) + tile.data[at]! * (column / columns);
      }
}

/** The part of x that starts at a corner and is at most so large. */
function crop(x: FloatTensor, top: number, left: number, maxHeight: number, maxWidth: number): FloatTensor {
  const [, channels, height, width] = x.shape as [number, number, number, number];
  const outHeight = Math.min(maxHeight, height - top);
  const outWidth = Math.min(maxWidth, width - left);
  const result = floatTensor([1, channels, outHeight, outWidth]);
  for (let c = 0; c < channels; c++)
    for (let y = 0; y < outHeight; y++) {
      const from = (c * height + top + y) * width + left;
      result.data.set(x.data.subarray(from, from + outWidth), (c * outHeight + y) * outWidth);
    }
  return result;
}

function assemble(rows: readonly (readonly FloatTensor[])[]): FloatTensor {
  const channels = rows[0]![0]!.shape[1]!;
  const height = rows.reduce((sum, row) => sum + row[0]!.shape[2]!, 0);
  const width = rows[0]!.reduce((sum, tile) => sum + tile.shape[3]!, 0);
  const result = floatTensor([1, channels, height, width]);
  let top = 0;
  for (const row of rows) {
    let left = 0;
    for (const tile of row) {
      const [, , tileHeight, tileWidth] = tile.shape as [number, number, number, number];
      for (let c = 0; c < channels; c++)
        for (let y = 0; y < tileHeight; y++) {
          const source = tile.data.subarray((c * tileHeight + y) * tileWidth, (c * tileHeight + y + 1) * tileWidth);
          result.data.set(source, (c * height + top + y) * width + left);
        }
      left += tile.shape[3]!;
    }
    top += row[0]!.shape[2]!;
  }
  return result;
}
