import { patchRadius, type PatchLevel } from './patch-level.ts';

/** For each pixel that is a target, the centre of the source patch that looks most like its own, and how far it is from it. */
export interface NearestPatches {
  readonly from: Int32Array;
  readonly distance: Float32Array;
}

export function randomPatches(level: PatchLevel, random: () => number): NearestPatches {
  const from = new Int32Array(level.hole.length).fill(-1);
  for (const target of level.targets) from[target] = level.sources[Math.floor(random() * level.sources.length)]!;
  return withDistances(level, from);
}

/** The patches of a level of half the size, on this one. */
export function refinePatches(level: PatchLevel, coarse: NearestPatches, coarseWidth: number, random: () => number): NearestPatches {
  const { width, sources, isSource } = level;
  const from = new Int32Array(level.hole.length).fill(-1);
  for (const target of level.targets) {
    const x = target % width;
    const y = Math.floor(target / width);
    const found = coarse.from[(y >> 1) * coarseWidth + (x >> 1)]!;
    const source = found < 0 ? -1 : (2 * Math.floor(found / coarseWidth) + (y & 1)) * width + 2 * (found % coarseWidth) + (x & 1);
    from[target] = source >= 0 && isSource[source] ? source : sources[Math.floor(random() * sources.length)]!;
  }
  return withDistances(level, from);
}

function withDistances(level: PatchLevel, from: Int32Array): NearestPatches {
  const distance = new Float32Array(from.length);
  for (const target of level.targets) distance[target] = patchDistance(level, target, from[target]!, Infinity);
  return { from, distance };
}

/**
 * One sweep of PatchMatch (Barnes et al. 2009): each target tries the patches beside those of its neighbours, then random ones in
 * ever smaller squares around its own. Forwards sweeps look left and up, backwards ones right and down.
 */
export function improvePatches(level: PatchLevel, patches: NearestPatches, isForwards: boolean, random: () => number): void {
  const { width, height, targets, isSource } = level;
  const step = isForwards ? -1 : 1;
  const attempt = (target: number, source: number): void => {
    if (source < 0 || source >= isSource.length || !isSource[source]) return;
    const distance = patchDistance(level, target, source, patches.distance[target]!);
    if (distance >= patches.distance[target]!) return;
    patches.from[target] = source;
    patches.distance[target] = distance;
  };
  for (let i = 0; i < targets.length; i++) {
    const target = targets[isForwards ? i : targets.length - 1 - i]!;
    for (const offset of [step, step * width]) {
      const neighbour = patches.from[target + offset] ?? -1;
      if (neighbour >= 0) attempt(target, neighbour - offset);
    }
    for (let reach = Math.max(width, height); reach >= 1; reach = Math.floor(reach / 2)) {
      const around = patches.from[target]!;
      const x = (around % width) + Math.floor((2 * random() - 1) * reach);
      const y = Math.floor(around / width) + Math.floor((2 * random() - 1) * reach);
      if (x >= 0 && x < width && y >= 0 && y < height) attempt(target, y * width + x);
    }
  }
}

/** Sum of squared differences of two patches; stops where it passes `limit`. The target's part beyond the picture does not count. */
function patchDistance({ width, height, colours }: PatchLevel, target: number, source: number, limit: number): number {
  const targetX = target % width;
  const targetY = Math.floor(target / width);
  const left = Math.max(-patchRadius, -targetX);
  const right = Math.min(patchRadius, width - 1 - targetX);
  const bottom = Math.min(patchRadius, height - 1 - targetY);
  let sum = 0;
  for (let y = Math.max(-patchRadius, -targetY); y <= bottom; y++) {
    let a = 3 * (target + y * width + left);
    let b = 3 * (source + y * width + left);
    for (const end = a + 3 * (right - left + 1); a < end; a++, b++) sum += (colours[a]! - colours[b]!) ** 2;
    if (sum >= limit) return sum;
  }
  return sum;
}

/** Gives each hole pixel the mean of what the patches that cover it say of it, near ones counting more. */
export function paintHoles(level: PatchLevel, { from, distance }: NearestPatches): void {
  const { width, height, colours, hole, targets } = level;
  const before = colours.slice();
  for (const target of targets) {
    if (!hole[target]) continue;
    const x = target % width;
    const y = Math.floor(target / width);
    const sums = [0, 0, 0, 0];
    for (let v = Math.max(y - patchRadius, 0); v <= Math.min(y + patchRadius, height - 1); v++)
      for (let u = Math.max(x - patchRadius, 0); u <= Math.min(x + patchRadius, width - 1); u++) {
        const other = v * width + u;
        const source = from[other]!;
        if (source < 0) continue;
        const at = 3 * (source + (target - other));
        const weight = 1 / (1 + distance[other]!) ** 2;
        for (let c = 0; c < 3; c++) sums[c]! += weight * before[at + c]!;
        sums[3]! += weight;
      }
    if (sums[3]! > 0) for (let c = 0; c < 3; c++) colours[3 * target + c] = sums[c]! / sums[3]!;
  }
}

/** Gives each hole pixel the colour at the centre of its own patch: sharper than a mean, for the last level. */
export function copyCentres({ colours, hole, targets }: PatchLevel, { from }: NearestPatches): void {
  const before = colours.slice();
  for (const target of targets) {
    if (hole[target]) colours.set(before.subarray(3 * from[target]!, 3 * from[target]! + 3), 3 * target);
  }
}
