import { contextLength, type AttentionLayer, type RegionalLayer } from './layers.ts';

/**
 * Score of a key that a query must not see. exp(-60) = 9e-27 vanishes beside 1 in f32, so results are those of the usual -10000 bit for bit;
 * but further down exp gives denormals, with which ONNX Runtime's attention took 2.5 times as long at -10000 and 40 times at -100.
 */
export const hiddenScore = -60;

/**
 * Bias columns of the joined context. Each batch row numbers its own prompts, so that rows share columns; where a row is padded, the
 * column after its prompts is the padding's. Extra channels cost time, so no column is spent that no row needs.
 */
export interface ColumnPlan {
  /** Width of the bias factors; 0 when no key is ever hidden or weighted. */
  readonly rank: number;
  readonly columns: ReadonlyMap<RegionalLayer, number>;
  /** Column of the padding, by batch row. */
  readonly padding: ReadonlyMap<number, number>;
}

export function planColumns(layers: readonly AttentionLayer[]): ColumnPlan {
  const columns = new Map<RegionalLayer, number>();
  const used = new Map<number, number>();
  for (const layer of layers) {
    if (layer.kind !== 'regional' || !isBiased(layer)) continue;
    const column = Math.max(0, ...layer.rows.map((row) => used.get(row) ?? 0));
    columns.set(layer, column);
    for (const row of layer.rows) used.set(row, column + 1);
  }
  const padding = new Map<number, number>();
  const padded = layers.find((layer) => layer.kind === 'padding');
  padded?.lengths.forEach((length, row) => {
    if (length === contextLength(padded)) return;
    padding.set(row, used.get(row) ?? 0);
    used.set(row, (used.get(row) ?? 0) + 1);
  });
  return { rank: Math.max(0, ...used.values()), columns, padding };
}

/** Whether the prompt's tokens ever get a bias; a plain prompt that is seen everywhere costs no column. */
function isBiased({ hasMask, strength, isolate, range }: RegionalLayer): boolean {
  return hasMask || isolate || strength !== 1 || range[0] > 0 || range[1] < 1;
}

/** What capture tells apart, in the order of the read-out's columns: unclaimed tokens, each prompt, each reference. */
export function captureGroups(layers: readonly AttentionLayer[]): string[] {
  const named = layers.filter(({ kind }) => kind === 'regional' || kind === 'ipAdapter');
  return ['rest', ...named.map(({ id }) => id)];
}

/** Names of the graph inputs that layers ask for. Sizes of the grid are part of the name, since every level has its own. */
export const stackInputNames = {
  /** [B, S, R] */
  regionQueries: (grid: GridName) => `regions.query.${grid}`,
  /** [B, T, R] */
  regionKeys: 'regions.key',
  /** [B, S, 1]: share of an isolated region's own softmax. */
  isolateGate: (id: string, grid: GridName) => `regions.gate.${id}.${grid}`,
  /** [B, S, 1]: share of the joint softmax, 1 minus the gates. */
  jointGate: (grid: GridName) => `regions.gate.${grid}`,
  /** [B, N, D] */
  ipTokens: (id: string) => `ip.${id}.tokens`,
  /** [B, N, D], rows of guidance exchanged. */
  ipSwappedTokens: (id: string) => `ip.${id}.tokens.swapped`,
  /** [1, 1, 1] */
  ipScale: (id: string) => `ip.${id}.scale`,
  /** [1, S, 1] */
  ipMask: (id: string, grid: GridName) => `ip.${id}.mask.${grid}`,
  /** [B, 1, 1]: 1 for rows whose attention is kept. */
  perturbedKeep: (id: string) => `perturbed.${id}.keep`,
  /** [B, 1, 1]: 1 for rows whose attention is the identity. */
  perturbedIdentity: (id: string) => `perturbed.${id}.identity`,
  /** [B, T, G] */
  captureGroups: 'capture.groups',
  /** Output [B, S, G]: mass summed over the sites of this grid. */
  captured: (grid: GridName) => `capture.${grid}`,
} as const;

export type GridName = `${number}x${number}`;

export function gridName({ height, width }: { readonly height: number; readonly width: number }): GridName {
  return `${height}x${width}`;
}

/** Whether an input keeps its value for all steps of a job, so that what depends on it alone is computed once. */
export function isStepInvariant(name: string): boolean {
  return (
    name === stackInputNames.regionKeys ||
    name === stackInputNames.captureGroups ||
    /^ip\..*\.(tokens|tokens\.swapped|mask\..*)$/.test(name)
  );
}
