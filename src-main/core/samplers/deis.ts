import { multistepDefaults, multistepSchedule, shortRun } from './multistep-schedule.ts';
import { integrateLogPolynomial } from './log-polynomial.ts';
import { lagrangeBasis } from './polynomial.ts';
import { cleanEstimate, noiseEstimate } from './prediction.ts';
import { addNoisePreserving } from './preserving.ts';
import type { SamplerClass } from './sampler.ts';
import { weightedSum, type Term } from './vector.ts';

/** Exponential integrator with the noise extrapolated as a polynomial in ln rho (Zhang & Chen 2023, rho-AB-DEIS), order 1 to 3. */
export const deis: SamplerClass = {
  defaults: { ...multistepDefaults, solver_order: 2 },
  levels: 'free',
  create(config, options) {
    const { timesteps, sigmas, levels } = multistepSchedule(config, options, 'repeated');
    const isShort = timesteps.length < shortRun && config.lower_order_final;
    let outputs: readonly Float32Array[] = [];
    return {
      timesteps,
      sigmas,
      initNoiseSigma: 1,
      order: 1,
      modelInput: (x) => x,
      addNoise: (clean, noise, index) => addNoisePreserving(clean, noise, levels[index]!),
      step({ output, x, index }) {
        const [from, to] = [levels[index]!, levels[index + 1]!];
        const prediction = { type: config.prediction_type, output, x };
        outputs = [noiseEstimate(prediction, from), ...outputs].slice(0, config.solver_order);
        const most = isShort ? timesteps.length - index : config.solver_order;
        const order = Math.min(config.solver_order, outputs.length, most);
        const nodes = Array.from({ length: order }, (_, k) => Math.log(levels[index - k]!.rho));
        const terms = nodes.map((_, k): Term => {
          const weight = integrateLogPolynomial(lagrangeBasis(nodes, k), from.rho, to.rho);
          return [to.alpha * weight, outputs[k]!];
        });
        return { x: weightedSum([to.alpha / from.alpha, x], ...terms), x0: cleanEstimate(prediction, from) };
      },
    };
  },
};
