import { multistepDefaults, multistepSchedule, type SolverLevel } from './multistep-schedule.ts';
import { lagrangeBasis, type Polynomial } from './polynomial.ts';
import { cleanEstimate, noiseEstimate } from './prediction.ts';
import { addNoisePreserving, preservingLevels } from './preserving.ts';
import type { SamplerClass } from './sampler.ts';
import { weightedSum, type Term } from './vector.ts';

/** Stochastic Adams solver (Xue et al. 2023): predictor and corrector of order 2, with noise in the middle of the schedule only. */
export const saSolver: SamplerClass = {
  defaults: { ...multistepDefaults, predictor_order: 2, corrector_order: 2, algorithm_type: 'data_prediction' },
  levels: 'free',
  create(config, options) {
    const { timesteps, sigmas, levels } = multistepSchedule(config, options, 'repeated');
    const training = preservingLevels(config);
    const predictsData = config.algorithm_type === 'data_prediction';
    const kept = Math.max(config.predictor_order, config.corrector_order - 1);
    let outputs: readonly Float32Array[] = [];
    let before: { x: Float32Array; noise: Float32Array; correctorOrder: number } | undefined;
    return {
      timesteps,
      sigmas,
      initNoiseSigma: 1,
      order: 1,
      modelInput: (x) => x,
      addNoise: (clean, noise, index) => addNoisePreserving(clean, noise, training.levelAt(timesteps[index]!)),
      step({ output, x, index, noise }) {
        const prediction = { type: config.prediction_type, output, x };
        const x0 = cleanEstimate(prediction, levels[index]!);
        const value = predictsData ? x0 : noiseEstimate(prediction, levels[index]!);
        const corrected = before
          ? adamsMoulton({
              predictsData,
              levels,
              from: index - 1,
              order: before.correctorOrder,
              outputs: [value, ...outputs],
              x: before.x,
              noise: before.noise,
              tau: stochasticity(timesteps[index - 1]!),
            })
          : x;
        outputs = [value, ...outputs].slice(0, kept);
        const left = config.lower_order_final ? timesteps.length - index : Infinity;
        const order = Math.min(config.predictor_order, left, outputs.length);
        const drawn = noise.normal(x.length);
        before = { x: corrected, noise: drawn, correctorOrder: Math.min(config.corrector_order, left + 1, outputs.length + 1) };
        const tau = stochasticity(timesteps[index]!);
        return { x: adamsBashforth({ predictsData, levels, from: index, order, outputs, x: corrected, noise: drawn, tau }), x0 };
      },
    };
  },
};

/** Where the paper's tau is 1: the middle of the schedule, where noise repairs errors and does not yet blur details. */
function stochasticity(timestep: number): number {
  return timestep >= 200 && timestep <= 800 ? 1 : 0;
}

interface AdamsStep {
  readonly predictsData: boolean;
  readonly levels: readonly SolverLevel[];
  readonly from: number;
  readonly order: number;
  /** Newest first; the corrector's begin with the output at the end of the step. */
  readonly outputs: readonly Float32Array[];
  readonly x: Float32Array;
  readonly noise: Float32Array;
  readonly tau: number;
}

function adamsBashforth(step: AdamsStep): Float32Array {
  const { levels, from, order } = step;
  const [start, end] = [levels[from]!.logSnr, levels[from + 1]!.logSnr];
  const h = end - start;
  const nodes = Array.from({ length: order }, (_, k) => levels[from - k]!.logSnr);
  const rest = h ** 2 / 2 - secondMoment(step.tau, h);
  return finish(step, nodes, order === 2 ? rest / (start - levels[from - 1]!.logSnr) : 0);
}

function adamsMoulton(step: AdamsStep): Float32Array {
  const { levels, from, order } = step;
  const h = levels[from + 1]!.logSnr - levels[from]!.logSnr;
  const nodes = Array.from({ length: order }, (_, k) => levels[from + 1 - k]!.logSnr);
  return finish(step, nodes, order === 2 ? h / 2 - secondMoment(step.tau, h) / h : 0);
}

/** Leading part that diffusers' order-2 rule replaces by its Taylor value. */
function secondMoment(tau: number, h: number): number {
  const rate = 1 + tau * tau;
  return (h * rate + Math.expm1(-rate * h)) / rate ** 2;
}

/** Adds the integrals of the Lagrange polynomials of the outputs, the correction between the first two, and the noise. */
function finish(
  { predictsData, levels, from, outputs, x, noise, tau }: AdamsStep,
  nodes: readonly number[],
  correction: number,
): Float32Array {
  const [start, end] = [levels[from]!, levels[from + 1]!];
  const h = end.logSnr - start.logSnr;
  const rate = 1 + tau * tau;
  const exponent = predictsData ? rate : -1;
  const weights = nodes.map((_, k) => integrateExponential(lagrangeBasis(nodes, k), exponent, { from: start.logSnr, to: end.logSnr }));
  if (predictsData && nodes.length === 2) {
    const shift = Math.exp(rate * end.logSnr) * correction;
    weights[0]! += shift;
    weights[1]! -= shift;
  }
  const factor = predictsData ? rate * end.sigma * Math.exp(-tau * tau * end.logSnr) : -rate * end.alpha;
  const keep = predictsData ? Math.exp(-tau * tau * h) * (end.sigma / start.sigma) : end.alpha / start.alpha;
  const spread = predictsData ? Math.sqrt(-Math.expm1(-2 * tau * tau * h)) : tau * Math.sqrt(Math.expm1(2 * h));
  const terms = weights.map((weight, k): Term => [factor * weight, outputs[k]!]);
  return weightedSum([keep, x], ...terms, [end.sigma * spread, noise]);
}

/** Integral of p(t) e^(rate t), by parts. */
function integrateExponential(polynomial: Polynomial, rate: number, { from, to }: { from: number; to: number }): number {
  let moment = (Math.exp(rate * to) - Math.exp(rate * from)) / rate;
  let sum = (polynomial[0] ?? 0) * moment;
  for (let k = 1; k < polynomial.length; k++) {
    moment = (to ** k * Math.exp(rate * to) - from ** k * Math.exp(rate * from) - k * moment) / rate;
    sum += polynomial[k]! * moment;
  }
  return sum;
}
