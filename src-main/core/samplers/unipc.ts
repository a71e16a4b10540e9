import type { SchedulerConfig } from './config.ts';
import { solveLinear } from './linear.ts';
import { multistepDefaults, multistepSchedule, type SolverLevel } from './multistep-schedule.ts';
import { cleanEstimate, noiseEstimate } from './prediction.ts';
import { addNoisePreserving } from './preserving.ts';
import type { SamplerClass } from './sampler.ts';
import { weightedSum, type Term } from './vector.ts';

/** Unified predictor-corrector (Zhao et al. 2023): each call first corrects the step before with its output, then predicts the next. */
export const unipc: SamplerClass = {
  defaults: {
    ...multistepDefaults,
    solver_order: 2,
    solver_type: 'bh2',
    predict_x0: true,
    disable_corrector: [],
    final_sigmas_type: 'zero',
    rescale_betas_zero_snr: false,
    sigma_min: null,
    sigma_max: null,
  },
  levels: 'free',
  create(config, options) {
    const { timesteps, sigmas, levels } = multistepSchedule(config, options, 'configured');
    let outputs: readonly Float32Array[] = [];
    let before: { readonly x: Float32Array; readonly order: number } | undefined;
    return {
      timesteps,
      sigmas,
      initNoiseSigma: 1,
      order: 1,
      modelInput: (x) => x,
      addNoise: (clean, noise, index) => addNoisePreserving(clean, noise, levels[index]!),
      step({ output, x, index }) {
        const prediction = { type: config.prediction_type, output, x };
        const x0 = cleanEstimate(prediction, levels[index]!);
        const value = config.predict_x0 ? x0 : noiseEstimate(prediction, levels[index]!);
        const corrects = before && !config.disable_corrector.includes(index - 1);
        const corrected =
          corrects && before ? correct(config, { levels, index, outputs, x: before.x, order: before.order, output: value }) : x;
        outputs = [value, ...outputs].slice(0, config.solver_order);
        const most = config.lower_order_final ? timesteps.length - index : config.solver_order;
        const order = Math.min(config.solver_order, most, outputs.length);
        before = { x: corrected, order };
        return { x: predict(config, { levels, index, outputs, x: corrected, order }), x0 };
      },
    };
  },
};

interface UpdateState {
  readonly levels: readonly SolverLevel[];
  readonly index: number;
  /** Newest first. */
  readonly outputs: readonly Float32Array[];
  readonly x: Float32Array;
  readonly order: number;
}

function predict(config: SchedulerConfig, { levels, index, outputs, x, order }: UpdateState): Float32Array {
  const step = stepOf(config, { levels, from: index, order });
  const weights = order === 1 ? [] : order === 2 ? [0.5] : solveLinear(step.matrix, step.vector, order - 1);
  return weightedSum(...baseTerms(step, x, outputs[0]!), ...differenceTerms(step, weights, outputs));
}

function correct(
  config: SchedulerConfig,
  { levels, index, outputs, x, order, output }: UpdateState & { readonly output: Float32Array },
): Float32Array {
  const step = stepOf(config, { levels, from: index - 1, order });
  const weights = order === 1 ? [0.5] : solveLinear(step.matrix, step.vector, order);
  const newest = step.scale * weights[order - 1]!;
  const terms = differenceTerms(step, weights.slice(0, -1), outputs);
  return weightedSum(...baseTerms(step, x, outputs[0]!), ...terms, [newest, output], [-newest, outputs[0]!]);
}

/** Everything of a step that does not depend on samples; names as in the paper's section 3. */
interface Step {
  readonly keep: number;
  readonly advance: number;
  /** -alpha B(h), or -sigma B(h) for noise prediction. */
  readonly scale: number;
  /** Places of earlier outputs in units of h, negative. */
  readonly places: readonly number[];
  readonly matrix: readonly (readonly number[])[];
  readonly vector: readonly number[];
}

function stepOf(config: SchedulerConfig, at: { levels: readonly SolverLevel[]; from: number; order: number }): Step {
  const [from, to] = [at.levels[at.from]!, at.levels[at.from + 1]!];
  const h = to.logSnr - from.logSnr;
  const signed = config.predict_x0 ? -h : h;
  const phi = Math.expm1(signed);
  const base = config.solver_type === 'bh1' ? signed : phi;
  const amplitude = config.predict_x0 ? to.alpha : to.sigma;
  const places = Array.from({ length: at.order - 1 }, (_, k) => (at.levels[at.from - 1 - k]!.logSnr - from.logSnr) / h);
  const nodes = [...places, 1];
  const vector: number[] = [];
  let integral = phi / signed - 1;
  let factorial = 1;
  for (let i = 1; i <= at.order; i++) {
    vector.push((integral * factorial) / base);
    factorial *= i + 1;
    integral = integral / signed - 1 / factorial;
  }
  return {
    keep: config.predict_x0 ? to.sigma / from.sigma : to.alpha / from.alpha,
    advance: -amplitude * phi,
    scale: -amplitude * base,
    places,
    matrix: Array.from({ length: at.order }, (_, power) => nodes.map((node) => node ** power)),
    vector,
  };
}

function baseTerms(step: Step, x: Float32Array, newest: Float32Array): readonly Term[] {
  return [
    [step.keep, x],
    [step.advance, newest],
  ];
}

function differenceTerms(step: Step, weights: readonly number[], outputs: readonly Float32Array[]): readonly Term[] {
  return weights.flatMap((weight, k): Term[] => {
    const scaled = (step.scale * weight) / step.places[k]!;
    return [
      [scaled, outputs[k + 1]!],
      [-scaled, outputs[0]!],
    ];
  });
}
