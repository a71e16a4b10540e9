import { floatTensor, type FloatTensor } from '../../../../kernels/tensor.ts';
import type { RegionMask } from '../../../core/regions/mask.ts';
import { maskAt } from '../../../core/regions/pool.ts';
import type { RecipeControl } from '../../../contract/recipe.ts';

/** What a mode means: residuals weaker at fine levels, and none for the negative side. */
export interface ModeRule {
  readonly isSoft: boolean;
  readonly positiveOnly: boolean;
}

export const modeRules: Readonly<Record<RecipeControl['mode'], ModeRule>> = {
  balanced: { isSoft: false, positiveOnly: false },
  prompt: { isSoft: true, positiveOnly: false },
  control: { isSoft: true, positiveOnly: true },
  unbalanced: { isSoft: false, positiveOnly: true },
};

/** How one net's residuals are added to the sum. */
export interface ResidualRule {
  readonly strength: number;
  readonly isSoft: boolean;
  /** Where the net acts, at the latents' size; everywhere unless stated. */
  readonly mask?: RegionMask;
  /** Residuals are averaged over the picture first. */
  readonly globalPool: boolean;
}

/** Factors of the residuals from the finest to the middle, 0.1 to 1 in equal ratios (diffusers guess_mode). */
export function softFactors(count: number): number[] {
  return Array.from({ length: count }, (_, i) => 10 ** (i / (count - 1) - 1));
}

/**
 * Adds a net's residuals, the middle one last, to the running sums [B, C, h, w], each times strength, mode and mask of its level. A net
 * that ran for fewer rows than the batch ran for the last ones, the positive side; the others get nothing.
 */
export function addResiduals(sums: readonly FloatTensor[], residuals: readonly FloatTensor[], rule: ResidualRule): void {
  const factors = rule.isSoft && !rule.globalPool ? softFactors(residuals.length) : residuals.map(() => 1);
  residuals.forEach((residual, i) => {
    const pooled = rule.globalPool ? averaged(residual) : residual;
    addScaled(sums[i]!, pooled, rule.strength * factors[i]!, rule.mask);
  });
}

/** Adds a T2I-Adapter's feature or a ControlNet's residual to the last rows of a sum. */
export function addScaled(sum: FloatTensor, x: FloatTensor, factor: number, mask?: RegionMask): void {
  const [, , height, width] = sum.shape as [number, number, number, number];
  const plane = height * width;
  const gate = mask ? maskAt(mask, { height, width }, 'mean').data.map((share) => share * factor) : new Float32Array(plane).fill(factor);
  const { data: from } = x;
  const { data: to } = sum;
  const first = to.length - from.length;
  for (let at = 0; at < from.length; at += plane) for (let i = 0; i < plane; i++) to[first + at + i]! += gate[i]! * from[at + i]!;
}

/** Every plane filled with its mean. */
function averaged(x: FloatTensor): FloatTensor {
  const plane = x.shape[2]! * x.shape[3]!;
  const data = new Float32Array(x.data.length);
  for (let at = 0; at < data.length; at += plane) {
    let sum = 0;
    for (let i = at; i < at + plane; i++) sum += x.data[i]!;
    data.fill(sum / plane, at, at + plane);
  }
  return floatTensor(x.shape, data);
}
