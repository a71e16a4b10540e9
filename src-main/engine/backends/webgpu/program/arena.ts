/** A piece of memory that is needed from launch `first` to launch `last`, both included. */
export interface Lifetime {
  readonly key: string;
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

export interface ArenaPlan {
  readonly bytes: number;
  readonly offsets: ReadonlyMap<string, number>;
}

/** Binding offsets are multiples of this on every device. */
export const slotAlignment = 256;

export function alignSlot(bytes: number): number {
  return Math.ceil(bytes / slotAlignment) * slotAlignment;
}

/**
 * Places lifetimes in one buffer so that those that overlap in time do not overlap in space: largest first, each in the lowest gap that
 * holds it (Pisarchyk and Lee 2020, greedy by size).
 */
export function planArena(lifetimes: readonly Lifetime[]): ArenaPlan {
  const placed: (Lifetime & { readonly offset: number; readonly end: number })[] = [];
  let total = 0;
  for (const life of lifetimes.toSorted((a, b) => b.bytes - a.bytes || a.first - b.first)) {
    const size = alignSlot(life.bytes);
    const rivals = placed.filter((other) => other.first <= life.last && life.first <= other.last).toSorted((a, b) => a.offset - b.offset);
    let offset = 0;
    for (const rival of rivals) {
      if (rival.offset - offset >= size) break;
      offset = Math.max(offset, rival.end);
    }
    placed.push({ ...life, offset, end: offset + size });
    total = Math.max(total, offset + size);
  }
  return { bytes: total, offsets: new Map(placed.map(({ key, offset }) => [key, offset])) };
}
