import type { SchedulerConfig } from './config.ts';
import { dpmAlgorithm, dpmOutput } from './dpm-output.ts';
import { applyUpdate, updateWeights } from './dpm-update.ts';
import { multistepSchedule } from './multistep-schedule.ts';
import { addNoisePreserving } from './preserving.ts';
import type { SamplerClass } from './sampler.ts';
import { weightedSum, type Term } from './vector.ts';

/** DPM-Solver++ in blocks of up to three calls: each block starts anew from its own sample (Lu et al. 2022, algorithms 1 and 2). */
export const dpmSinglestep: SamplerClass = {
  defaults: {
    solver_order: 2,
    solver_type: 'midpoint',
    algorithm_type: 'dpmsolver++',
    lower_order_final: false,
    use_karras_sigmas: false,
    use_exponential_sigmas: false,
    use_beta_sigmas: false,
    final_sigmas_type: 'zero',
  },
  levels: 'free',
  create(config, options) {
    const { timesteps, sigmas, levels } = multistepSchedule(config, options, 'configured');
    const orders = orderList(config, timesteps.length);
    const algorithm = dpmAlgorithm(config);
    let outputs: readonly Float32Array[] = [];
    let start: Float32Array | undefined;

    /** Differences from the block's first output, newest output last in time. */
    const differences = (order: number, index: number): readonly Term[] => {
      const from = levels[index - order + 1]!;
      const weights = updateWeights({ algorithm, from, to: levels[index + 1]! });
      const h = levels[index + 1]!.logSnr - from.logSnr;
      const share = (i: number): number => (levels[i]!.logSnr - from.logSnr) / h;
      const first = outputs[order - 1]!;
      if (order === 1) return [[weights.d0, first]];
      const r0 = share(index);
      const newest = weightedSum([1 / r0, outputs[0]!], [-1 / r0, first]);
      const isHeun = config.solver_type === 'heun';
      if (order === 2)
        return [
          [weights.d0, first],
          [isHeun ? weights.slope : weights.midpoint, newest],
        ];
      if (!isHeun)
        return [
          [weights.d0, first],
          [weights.slope, newest],
        ];
      const r1 = share(index - 1);
      const earlier = weightedSum([1 / r1, outputs[1]!], [-1 / r1, first]);
      const slope = weightedSum([r0 / (r0 - r1), earlier], [-r1 / (r0 - r1), newest]);
      const bend = weightedSum([2 / (r0 - r1), newest], [-2 / (r0 - r1), earlier]);
      return [
        [weights.d0, first],
        [weights.slope, slope],
        [weights.curve, bend],
      ];
    };

    return {
      timesteps,
      sigmas,
      initNoiseSigma: 1,
      order: 1,
      modelInput: (x) => x,
      addNoise: (clean, noise, index) => addNoisePreserving(clean, noise, levels[index]!),
      step({ output, x, index, noise }) {
        const { x0, value } = dpmOutput(config, { output, x, level: levels[index]! });
        outputs = [value, ...outputs].slice(0, config.solver_order);
        const order = Math.min(orders[index]!, outputs.length);
        if (order === 1 || !start) start = x;
        const drawn = algorithm.startsWith('sde') ? noise.normal(x.length) : undefined;
        const weights = updateWeights({ algorithm, from: levels[index - order + 1]!, to: levels[index + 1]! });
        return { x: applyUpdate(start, weights, differences(order, index), drawn), x0 };
      },
    };
  },
};

/** Order of each call. Blocks 1, 2 (, 3) repeat; the end is lowered where steps are left over, or where it goes to sigma 0. */
function orderList({ solver_order, lower_order_final, final_sigmas_type }: SchedulerConfig, steps: number): number[] {
  const block = Array.from({ length: solver_order }, (_, i) => i + 1);
  const orders = Array.from({ length: steps }, (_, i) => block[i % solver_order]!);
  const isLowered = lower_order_final || steps % solver_order !== 0 || final_sigmas_type === 'zero';
  if (isLowered && steps % solver_order === 0 && solver_order > 1) orders.splice(-solver_order, solver_order, ...block.slice(0, -1), 1);
  if (final_sigmas_type === 'zero') orders[orders.length - 1] = 1;
  return orders;
}
