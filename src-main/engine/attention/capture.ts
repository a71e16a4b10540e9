import { captureGroups, gridName, stackInputNames } from '../../../kernels/attention/stack/plan.ts';
import type { AttentionLayer } from '../../../kernels/attention/stack/layers.ts';
import type { AttentionStack } from '../../../kernels/attention/stack/stack.ts';
import type { Tensor } from '../../../kernels/tensor.ts';
import type { CaptureInfo } from '../../contract/reports.ts';
import type { Grid } from '../../core/regions/mask.ts';

type SourceInfo = CaptureInfo['sources'][number];

/** What the inspector tells apart: a prompt, region or reference with its column of the read-out and the batch row it is read from. */
interface Source extends SourceInfo {
  readonly row: number;
  readonly column: number;
}

/**
 * Turns the read-outs of each step into one map a source: the share of attention it won at each place, averaged over all
 * cross-attentions. A reference, whose softmax is its own, shows the weight with which it was added.
 */
export class CaptureRecorder {
  readonly sources: readonly Source[];
  readonly #groups: number;
  readonly #grids: readonly Grid[];
  readonly #target: Grid;
  readonly #steps: Uint8Array[] = [];
  readonly #indices: number[] = [];

  /**
   * @param grids of the model's cross-attentions, the largest first; its size is that of the maps
   * @param positiveRow first batch row of the positive side; each of the prompts joined by AND has one
   */
  constructor(stack: AttentionStack, grids: readonly Grid[], positiveRow: number) {
    this.sources = sourcesOf(stack.layers, positiveRow);
    this.#groups = captureGroups(stack.layers).length;
    this.#grids = grids;
    this.#target = grids[0]!;
  }

  get info(): CaptureInfo {
    const sources = this.sources.map(({ kind, index, name }) => ({ kind, index, name }));
    return { sources, width: this.#target.width, height: this.#target.height, steps: [...this.#indices], warnings: [] };
  }

  /** [step][source][y][x], 255 = the whole attention. */
  get values(): Uint8Array {
    const size = this.sources.length * this.#target.height * this.#target.width;
    const all = new Uint8Array(size * this.#steps.length);
    this.#steps.forEach((step, index) => all.set(step, index * size));
    return all;
  }

  /** The maps of the last call, [source][y][x], and what they are. */
  get last(): Uint8Array {
    return this.#steps.at(-1) ?? new Uint8Array();
  }

  get lastInfo(): CaptureInfo {
    return { ...this.info, steps: this.#indices.slice(-1) };
  }

  /** Records the read-outs of one call of the model and answers its maps, [source][y][x]. */
  add(results: ReadonlyMap<string, Tensor>, step: number): Uint8Array {
    const { height, width } = this.#target;
    const maps = new Uint8Array(this.sources.length * height * width);
    const read = this.#grids.flatMap((grid) => {
      const mass = results.get(stackInputNames.captured(gridName(grid)));
      return mass ? [{ grid, mass }] : [];
    });
    this.sources.forEach((source, index) => {
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) maps[(index * height + y) * width + x] = Math.round(255 * this.#share(read, source, y, x));
      }
    });
    this.#steps.push(maps);
    this.#indices.push(step);
    return maps;
  }

  /** Mass of the source over mass of all prompts at the cells under a place; every attention counts alike. */
  #share(read: readonly { grid: Grid; mass: Tensor }[], { row, column }: Source, y: number, x: number): number {
    let own = 0;
    let all = 0;
    const references = new Set(this.sources.filter(({ kind }) => kind === 'reference').map((source) => source.column));
    for (const { grid, mass } of read) {
      const cellY = Math.floor((y * grid.height) / this.#target.height);
      const cellX = Math.floor((x * grid.width) / this.#target.width);
      const start = ((row * grid.height + cellY) * grid.width + cellX) * this.#groups;
      own += mass.data[start + column]!;
      for (let group = 0; group < this.#groups; group++) if (!references.has(group)) all += mass.data[start + group]!;
    }
    return all > 0 ? Math.min(1, Math.abs(own) / all) : 0;
  }
}

function sourcesOf(layers: readonly AttentionLayer[], positiveRow: number): Source[] {
  const groups = captureGroups(layers);
  return layers.flatMap((layer): Source[] => {
    if (layer.kind !== 'regional' && layer.kind !== 'ipAdapter') return [];
    const column = groups.indexOf(layer.id);
    const index = Math.max(0, Number(/\d+$/.exec(layer.id)?.[0] ?? 1) - 1);
    if (layer.kind === 'ipAdapter') return [{ kind: 'reference', index, name: layer.id, row: positiveRow, column }];
    const row = layer.rows.find((candidate) => candidate >= positiveRow);
    const isPositive = row !== undefined;
    const kind = !isPositive ? 'negative' : layer.hasMask ? 'region' : 'prompt';
    return [{ kind, index, name: layer.id, row: row ?? layer.rows[0]!, column }];
  });
}
