import { isInside, type Grid, type RegionMask } from './mask.ts';
import { maskAt } from './pool.ts';

/**
 * Score of a token that must not be seen: exp(-60) vanishes beside 1 in f32, as exp(-10000) would, but is no denormal, which makes
 * attention kernels many times slower. Finite, so that a query which sees nothing still has a softmax.
 */
export const hiddenScore = -60;

/** A prompt as the joint softmax of one batch row sees it. */
export interface WeightedPrompt {
  /** At latent size; without one the prompt is seen everywhere. */
  readonly mask?: RegionMask | undefined;
  /** Whether values between 0 and 1 weigh the prompt; else over one half is inside. */
  readonly isSoft: boolean;
  readonly strength: number;
  /** Hidden everywhere: not active at this step, or given a softmax of its own. */
  readonly isHidden: boolean;
}

/**
 * Scores added to each prompt's tokens at each query of a grid, [height * width, prompts]: log of strength times mask, `hiddenScore` outside.
 * Where no prompt can be seen and `seesOthers` says that nothing else can either, all are 0, so that no row is lost.
 */
export function jointScores(prompts: readonly WeightedPrompt[], grid: Grid, seesOthers: boolean): Float32Array {
  const count = prompts.length;
  const queries = grid.height * grid.width;
  const scores = new Float32Array(queries * count);
  prompts.forEach((prompt, column) => {
    const mask = prompt.mask && maskAt(prompt.mask, grid, prompt.isSoft ? 'mean' : 'max');
    for (let q = 0; q < queries; q++) {
      const value = mask ? mask.data[q]! : 1;
      const weight = prompt.isHidden ? 0 : prompt.strength * (prompt.isSoft ? value : Number(isInside(value)));
      scores[q * count + column] = weight > 0 ? Math.max(hiddenScore, Math.log(weight)) : hiddenScore;
    }
  });
  if (!seesOthers) showAllWhereNoneIsSeen(scores, prompts);
  return scores;
}

function showAllWhereNoneIsSeen(scores: Float32Array, prompts: readonly WeightedPrompt[]): void {
  const count = prompts.length;
  const canShow = prompts.map(({ isHidden }) => !isHidden);
  const anyCanShow = canShow.includes(true);
  for (let start = 0; start < scores.length; start += count) {
    if (scores.subarray(start, start + count).some((score) => score > hiddenScore)) continue;
    for (let column = 0; column < count; column++) if (canShow[column] || !anyCanShow) scores[start + column] = 0;
  }
}

/**
 * How isolated regions share each query of a grid with the joint softmax: each gets its mask, scaled down where masks add up to more
 * than 1; the joint softmax gets the rest.
 */
export function isolateGates(
  masks: readonly { readonly mask: RegionMask; readonly isSoft: boolean }[],
  grid: Grid,
): { readonly gates: readonly Float32Array[]; readonly joint: Float32Array } {
  const gates = masks.map(({ mask, isSoft }) => {
    const { data } = maskAt(mask, grid, isSoft ? 'mean' : 'max');
    return isSoft ? Float32Array.from(data) : Float32Array.from(data, (value) => Number(isInside(value)));
  });
  const joint = new Float32Array(grid.height * grid.width);
  for (let q = 0; q < joint.length; q++) {
    const total = gates.reduce((sum, gate) => sum + gate[q]!, 0);
    joint[q] = Math.max(0, 1 - total);
    if (total > 1) for (const gate of gates) gate[q] = gate[q]! / total;
  }
  return { gates, joint };
}
