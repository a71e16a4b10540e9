/** The judge's answers about one picture, before softmax. */
export interface Answers {
  /** [kinds + 1, grid, grid]; the last means "nothing". */
  readonly kinds: Float32Array;
  /** [colours, grid, grid] */
  readonly colours: Float32Array;
  /** [backgrounds] */
  readonly background: Float32Array;
}

/** What the answers are about, in their order. */
export interface Names {
  readonly kinds: readonly string[];
  readonly colours: readonly string[];
  readonly backgrounds: readonly string[];
}

export interface SeenThing {
  readonly kind: string;
  readonly colour: string;
  /** Centre in shares of the page. */
  readonly x: number;
  readonly y: number;
  /** Probability that its centre is here or in a neighbouring cell. */
  readonly sure: number;
}

/** Part of the page in shares of its width: [from, to). */
export type Columns = readonly [from: number, to: number];

/**
 * Every kind at its likeliest place, surest first: probabilities of 3x3 cells add up, since a centre may fall on a border.
 * @param columns only this part of the page is looked at
 */
export function readThings({ kinds, colours }: Answers, names: Names, columns: Columns = [0, 1]): SeenThing[] {
  const cells = kinds.length / (names.kinds.length + 1);
  const grid = Math.sqrt(cells);
  const shares = cellShares(kinds, names.kinds.length + 1, cells);
  const [from, to] = columns.map((share) => Math.round(share * grid)) as [number, number];
  const things = names.kinds.map((kind, k): SeenThing => {
    const share = (x: number, y: number) => (x < from || x >= to || y < 0 || y >= grid ? 0 : shares[k * cells + y * grid + x]!);
    let best = { rank: -1, sure: 0, x: from, y: 0 };
    for (let y = 0; y < grid; y++)
      for (let x = from; x < to; x++) {
        let sure = 0;
        for (let v = y - 1; v <= y + 1; v++) for (let u = x - 1; u <= x + 1; u++) sure += share(u, v);
        // The cell's own share breaks the tie between nine sums that all hold the same centre.
        const rank = sure + share(x, y);
        if (rank > best.rank) best = { rank, sure, x, y };
      }
    const colour = names.colours[largest(names.colours.map((_, c) => colours[c * cells + best.y * grid + best.x]!))]!;
    return { kind, colour, x: (best.x + 0.5) / grid, y: (best.y + 0.5) / grid, sure: best.sure };
  });
  return things.sort((a, b) => b.sure - a.sure);
}

export function readBackground({ background }: Answers, { backgrounds }: Names): string {
  return backgrounds[largest(background)]!;
}

/** Softmax over the kinds, cell by cell. */
function cellShares(kinds: Float32Array, count: number, cells: number): Float32Array {
  const shares = new Float32Array(kinds.length);
  for (let cell = 0; cell < cells; cell++) {
    let top = -Infinity;
    for (let k = 0; k < count; k++) top = Math.max(top, kinds[k * cells + cell]!);
    let sum = 0;
    for (let k = 0; k < count; k++) sum += shares[k * cells + cell] = Math.exp(kinds[k * cells + cell]! - top);
    for (let k = 0; k < count; k++) shares[k * cells + cell]! /= sum;
  }
  return shares;
}

function largest(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}
