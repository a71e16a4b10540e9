import { ValueError } from '../errors.ts';
import { concatenate, narrow, reshape, tuple, type StridedTensor } from '../strided/tensor.ts';
import type { BiasForm } from '../ops/inputs.ts';
import { AttentionBias } from './attention-bias.ts';
import { rangeBias, type ScoreBias } from './score-bias.ts';

/** Boundaries of sequences laid end to end: sequence i is [starts[i], starts[i + 1]). */
function boundaries(lengths: readonly number[]): number[] {
  const starts = [0];
  for (const length of lengths) {
    if (!Number.isInteger(length) || length < 0) throw new ValueError(`expected sequence lengths of 0 or more, got ${length}`);
    starts.push(starts.at(-1)! + length);
  }
  return starts;
}

export interface BlockDiagonalLayout {
  readonly queryStarts: readonly number[];
  readonly keyStarts: readonly number[];
  /** Batch sizes of the tensors that were joined, where there were any. */
  readonly batchSizes?: readonly number[] | undefined;
}

/** Sequence i of the queries sees only sequence i of the keys; sequences lie end to end in a batch of one. */
export class BlockDiagonalMask extends AttentionBias {
  readonly form: BiasForm = 'blockDiagonal';
  readonly layout: BlockDiagonalLayout;

  constructor(layout: BlockDiagonalLayout) {
    super();
    this.layout = layout;
  }

  /** A mask for sequences of these lengths; keys have the queries' lengths unless given. */
  static fromSeqlens(queryLengths: readonly number[], keyLengths: readonly number[] = queryLengths): BlockDiagonalMask {
    if (queryLengths.length !== keyLengths.length) {
      throw new ValueError(`expected as many key sequences as query sequences (${queryLengths.length}), got ${keyLengths.length}`);
    }
    return new BlockDiagonalMask({ queryStarts: boundaries(queryLengths), keyStarts: boundaries(keyLengths) });
  }

  /** Joins tensors [B_i, M_i, …] into [1, sum of B_i * M_i, …] with the mask that keeps their rows apart. */
  static fromTensorList(tensors: readonly StridedTensor[]): [mask: BlockDiagonalMask, joined: StridedTensor] {
    const [mask, joined] = joinTensors(tensors);
    return [mask, joined];
  }

  /** The same for queries, keys and values whose lengths differ. */
  static fromTensorListsQkv(
    queries: readonly StridedTensor[],
    keys: readonly StridedTensor[],
    values?: readonly StridedTensor[],
  ): [mask: BlockDiagonalMask, queries: StridedTensor, keys: StridedTensor, values: StridedTensor | undefined] {
    const [queryMask, joinedQueries] = joinTensors(queries);
    const [keyMask, joinedKeys] = joinTensors(keys);
    const { queryStarts, batchSizes } = queryMask.layout;
    const mask = new BlockDiagonalMask({ queryStarts, keyStarts: keyMask.layout.queryStarts, batchSizes });
    return [mask, joinedQueries, joinedKeys, values && joinTensors(values)[1]];
  }

  /** The inverse of `fromTensorList` for the attention's output: views of [1, sum of lengths, …]. */
  split(tensor: StridedTensor): StridedTensor[] {
    return splitAt(tensor, this.layout.queryStarts, this.layout.batchSizes);
  }

  splitQueries(tensor: StridedTensor): StridedTensor[] {
    return this.split(tensor);
  }

  splitKv(tensor: StridedTensor): StridedTensor[] {
    return splitAt(tensor, this.layout.keyStarts, this.layout.batchSizes);
  }

  /** The same blocks, each causal from its top-left corner. */
  makeCausal(): BlockDiagonalCausalMask {
    return new BlockDiagonalCausalMask(this.layout);
  }

  /** The same blocks, each causal from its bottom-right corner. */
  makeCausalFromBottomRight(): BlockDiagonalCausalFromBottomRightMask {
    return new BlockDiagonalCausalFromBottomRightMask(this.layout);
  }

  override rule(queries: number, keys: number): ScoreBias {
    const { queryStarts, keyStarts } = this.layout;
    if (queryStarts.at(-1) !== queries || keyStarts.at(-1) !== keys) {
      throw new ValueError(
        `expected ${queryStarts.at(-1)} queries and ${keyStarts.at(-1)} keys for the block-diagonal bias, got ${queries} and ${keys}`,
      );
    }
    const block = new Int32Array(queries);
    for (let index = 0; index + 1 < queryStarts.length; index++) block.fill(index, queryStarts[index], queryStarts[index + 1]);
    return rangeBias((query) => {
      const index = block[query]!;
      const from = keyStarts[index]!;
      const to = keyStarts[index + 1]!;
      const queryCount = queryStarts[index + 1]! - queryStarts[index]!;
      return [from, Math.min(to, from + this.visibleKeys(query - queryStarts[index]!, queryCount, to - from))];
    });
  }

  /** How many keys of its block the i-th query of a block sees. */
  protected visibleKeys(_query: number, _queries: number, keys: number): number {
    return keys;
  }
}

export class BlockDiagonalCausalMask extends BlockDiagonalMask {
  protected override visibleKeys(query: number): number {
    return query + 1;
  }
}

export class BlockDiagonalCausalFromBottomRightMask extends BlockDiagonalMask {
  protected override visibleKeys(query: number, queries: number, keys: number): number {
    return Math.max(0, query + 1 + keys - queries);
  }
}

function joinTensors(tensors: readonly StridedTensor[]): [BlockDiagonalMask, StridedTensor] {
  const lengths = tensors.flatMap(({ shape }) => new Array<number>(shape[0]!).fill(shape[1]!));
  const starts = boundaries(lengths);
  const batchSizes = tensors.map(({ shape }) => shape[0]!);
  const rows = tensors.map((part) => reshape(part, [1, part.shape[0]! * part.shape[1]!, ...part.shape.slice(2)]));
  return [new BlockDiagonalMask({ queryStarts: starts, keyStarts: starts, batchSizes }), concatenate(rows, 1)];
}

function splitAt(tensor: StridedTensor, starts: readonly number[], batchSizes?: readonly number[]): StridedTensor[] {
  if (tensor.shape[0] !== 1 || tensor.shape[1] !== starts.at(-1)) {
    throw new ValueError(
      `Invalid \`torch.Tensor\` of shape ${tuple(tensor.shape)}, expected format (B, M, *) with B=1 and M=${starts.at(-1)}\n` +
        ` seqstart: [${starts.join(', ')}]`,
    );
  }
  let index = 0;
  return (batchSizes ?? new Array<number>(starts.length - 1).fill(1)).map((batch) => {
    const from = starts[index]!;
    const to = starts[(index += batch)]!;
    const part = narrow(tensor, 1, from, to - from);
    return reshape(part, [batch, batch === 0 ? 0 : (to - from) / batch, ...tensor.shape.slice(2)]);
  });
}
