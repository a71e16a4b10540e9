import { addLayers, createStack, type AttentionStack } from '../../../kernels/attention/stack/stack.ts';
import type { AttentionLayer } from '../../../kernels/attention/stack/layers.ts';
import { regionMask, type Grid } from '../../core/regions/mask.ts';
import type { LayerMask, StackJob } from '../attention/stack-inputs.ts';
import { levelGrids } from '../attention/levels.ts';
import type { GoldenContext } from './types.ts';

/** A prompt of a side with its tokens in the joined context. */
export interface GoldenPrompt {
  readonly mask: string | null;
  readonly start: number;
  readonly end: number;
}

export interface GoldenRegions {
  /** Prompts of each batch row. */
  readonly sides: readonly (readonly GoldenPrompt[])[];
  /** Real tokens of each batch row. */
  readonly lengths: readonly number[];
  /** Tokens of the joined context. */
  readonly tokens: number;
  readonly latent: Grid;
  /** Halvings of the model. */
  readonly levels: number;
  /** Further layers, and their masks by layer id. */
  readonly more?: readonly AttentionLayer[];
  readonly moreMasks?: ReadonlyMap<string, string | null>;
}

/** The regional layers of a golden case and what realises them. Rows of padding that the cases list as a prompt are left out. */
export function goldenStack(context: GoldenContext, regions: GoldenRegions): { stack: AttentionStack; job: StackJob } {
  const masks = new Map<string, LayerMask>();
  const layers: AttentionLayer[] = [...(regions.more ?? [])];
  for (const [id, mask] of regions.moreMasks ?? []) if (mask !== null) masks.set(id, storedMask(context, mask, regions.latent));
  if (regions.lengths.some((length) => length < regions.tokens)) layers.push({ kind: 'padding', id: 'padding', lengths: regions.lengths });
  regions.sides.forEach((prompts, row) => {
    prompts.forEach(({ mask, start, end }, index) => {
      if (start >= regions.lengths[row]!) return;
      const id = `row ${row} prompt ${index}`;
      if (mask !== null) masks.set(id, storedMask(context, mask, regions.latent));
      layers.push({ kind: 'regional', id, rows: [row], start, end, hasMask: mask !== null, strength: 1, isolate: false, range: [0, 1] });
    });
  });
  const stack = addLayers(createStack(), layers);
  const grids = levelGrids(regions.latent, regions.levels);
  return { stack, job: { stack, batch: regions.sides.length, tokens: regions.tokens, grids, masks } };
}

function storedMask(context: GoldenContext, name: string, { height, width }: Grid): LayerMask {
  const { data } = context.input(`mask.${name}`);
  return { mask: regionMask(height, width, Float32Array.from(data as Float32Array)), isSoft: false };
}
