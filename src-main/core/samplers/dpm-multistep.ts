import { dpmAlgorithm, dpmOutput } from './dpm-output.ts';
import { applyUpdate, updateWeights } from './dpm-update.ts';
import { multistepDefaults, multistepSchedule, shortRun } from './multistep-schedule.ts';
import { addNoisePreserving } from './preserving.ts';
import type { SamplerClass } from './sampler.ts';
import { weightedSum, type Term } from './vector.ts';

/** DPM-Solver and DPM-Solver++ of order 1 to 3 from the outputs of earlier steps, as ODE or SDE (Lu et al. 2022, 2023). */
export const dpmMultistep: SamplerClass = {
  defaults: {
    ...multistepDefaults,
    solver_order: 2,
    solver_type: 'midpoint',
    algorithm_type: 'dpmsolver++',
    euler_at_final: false,
    use_lu_lambdas: false,
    final_sigmas_type: 'zero',
    rescale_betas_zero_snr: false,
  },
  levels: 'free',
  create(config, options) {
    const { timesteps, sigmas, levels } = multistepSchedule(config, options, 'configured');
    const algorithm = dpmAlgorithm(config);
    const isShort = timesteps.length < shortRun && config.lower_order_final;
    let outputs: readonly Float32Array[] = [];

    const orderAt = (index: number): number => {
      const left = timesteps.length - index;
      const isFirstOrderEnd = left === 1 && (config.euler_at_final || isShort || config.final_sigmas_type === 'zero');
      const most = isFirstOrderEnd ? 1 : left === 2 && isShort ? 2 : 3;
      return Math.min(config.solver_order, outputs.length, most);
    };

    /** Output differences of the order with their weights. D1 and D2 are those of the paper's appendix B, over h. */
    const differences = (order: number, index: number): readonly Term[] => {
      const weights = updateWeights({ algorithm, from: levels[index]!, to: levels[index + 1]! });
      const [m0, m1, m2] = outputs as [Float32Array, Float32Array, Float32Array];
      if (order === 1) return [[weights.d0, m0]];
      const at = (i: number): number => levels[i]!.logSnr;
      const h = at(index + 1) - at(index);
      const r0 = (at(index) - at(index - 1)) / h;
      const d10 = weightedSum([1 / r0, m0], [-1 / r0, m1]);
      if (order === 2)
        return [
          [weights.d0, m0],
          [config.solver_type === 'heun' ? weights.slope : weights.midpoint, d10],
        ];
      const r1 = (at(index - 1) - at(index - 2)) / h;
      const bend = weightedSum([1 / (r0 + r1), d10], [-1 / (r1 * (r0 + r1)), m1], [1 / (r1 * (r0 + r1)), m2]);
      return [
        [weights.d0, m0],
        [weights.slope, weightedSum([1, d10], [r0, bend])],
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
        const drawn = algorithm.startsWith('sde') ? noise.normal(x.length) : undefined;
        const weights = updateWeights({ algorithm, from: levels[index]!, to: levels[index + 1]! });
        return { x: applyUpdate(x, weights, differences(orderAt(index), index), drawn), x0 };
      },
    };
  },
};
