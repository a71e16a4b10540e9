import { z } from 'zod';
import { joined } from '../../core/joined.ts';
import { TorchGenerator } from '../../core/random/torch-generator.ts';
import { createSampler } from '../../core/samplers/create-sampler.ts';
import type { Sampler } from '../../core/samplers/sampler.ts';
import { stepNoise, type StepNoise } from '../../core/samplers/step-noise.ts';
import type { GoldenCase, GoldenContext, GoldenTensor } from './types.ts';

const json = z.record(z.string(), z.unknown());

const paramsSchema = z.object({
  class: z.string(),
  base: z.string(),
  config: json,
  steps: z.number().int(),
  eta: z.number().optional(),
  start_step: z.number().int().default(0),
  seed: z.number().int().default(0),
});

const basesSchema = z.record(z.string(), json);

type Params = z.output<typeof paramsSchema>;

function samplerOf({ class: className, base, config, steps, eta }: Params, context: GoldenContext): Sampler {
  const bases = basesSchema.parse(context.about['bases']);
  return createSampler({ className, base: bases[base] ?? {}, overrides: config, steps, ...(eta === undefined ? {} : { eta }) });
}

/** Timesteps, sigmas and start sigma of a scheduler. */
export function checkSchedulerTable(goldenCase: GoldenCase, context: GoldenContext): void {
  const sampler = samplerOf(paramsSchema.parse(goldenCase.params), context);
  context.expect('timesteps', sampler.timesteps);
  if (context.expects('sigmas')) context.expect('sigmas', sampler.sigmas ?? new Float32Array());
  context.expect('init_noise_sigma', Float64Array.of(sampler.initNoiseSigma));
}

/** A whole run with a formula in place of the model and the noise of the case's seed. */
export function checkSchedulerTrajectory(goldenCase: GoldenCase, context: GoldenContext): void {
  const params = paramsSchema.parse(goldenCase.params);
  const sampler = samplerOf(params, context);
  const startStep = params.start_step;
  const noise = recordedNoise(context, params);
  const samples = [startOf(sampler, startStep, context)];
  const inputs: Float32Array[] = [];
  for (let index = startStep * sampler.order; index < sampler.timesteps.length; index++) {
    const x = samples.at(-1)!;
    const input = sampler.modelInput(x, index);
    inputs.push(input);
    samples.push(sampler.step({ output: standInModel(input, sampler.timesteps[index]!), x, index, noise }).x);
  }
  context.expect('x', joined(samples));
  if (context.expects('second_model_input')) context.expect('second_model_input', inputs[1] ?? new Float32Array());
  if (context.expects('noise')) context.expect('noise', noise.drawn());
  if (noise.treeError > 0) {
    const isNear = noise.treeError <= treeLimit;
    context.expectText('Brownian tree', 'near', isNear ? 'near' : `off by ${noise.treeError}`);
    context.remark(`Brownian tree within ${noise.treeError.toExponential(1)} of the stored noise`);
  }
}

function startOf(sampler: Sampler, startStep: number, context: GoldenContext): Float32Array {
  const start = single(context.input('start'));
  if (context.hasInput('noise')) return sampler.addNoise(start, single(context.input('noise')), startStep * sampler.order);
  return start.map((value) => value * sampler.initNoiseSigma);
}

/** The formula of cases.json: 0.3 x + 0.1 sin(t / 100) + 0.2 sin(2 x), the sine of t rounded first. */
function standInModel(x: Float32Array, timestep: number): Float32Array {
  const wave = Math.fround(0.1 * Math.fround(Math.sin(timestep / 100)));
  return x.map((value) => 0.3 * value + wave + 0.2 * Math.sin(2 * value));
}

interface RecordedNoise extends StepNoise {
  /** Everything the run drew, in order. */
  drawn(): Float32Array;
  /** Largest difference of a computed Brownian increment from the stored one. */
  readonly treeError: number;
}

/**
 * How far an increment may be from the stored one. The tree rounds its edges to 1e-6, so a sigma that is off by one f32 step (torch's
 * vectorised square root is) can move an edge by that much and its normal increment by about the root: 1e-3, a few times that at worst.
 */
const treeLimit = 1e-2;

/** The noise of the case's generator. Brownian increments are computed, must be near the stored row, and are replaced by it. */
function recordedNoise(context: GoldenContext, { seed, config }: Params): RecordedNoise {
  const rows = context.expects('noise') ? single(context.expected('noise')) : new Float32Array();
  const source = stepNoise(new TorchGenerator(seed), Number(config['noise_sampler_seed'] ?? seed));
  const taken: Float32Array[] = [];
  let treeError = 0;
  const keep = (values: Float32Array): Float32Array => {
    taken.push(values);
    return values;
  };
  return {
    normal: (count) => keep(source.normal(count)),
    brownian(interval, count) {
      const computed = source.brownian(interval, count);
      const stored = rows.subarray(taken.length * count, (taken.length + 1) * count);
      const error = computed.reduce((most, value, i) => Math.max(most, Math.abs(value - (stored[i] ?? NaN))), 0);
      treeError = Math.max(treeError, error);
      return keep(error <= treeLimit ? stored : computed);
    },
    drawn: () => joined(taken),
    get treeError() {
      return treeError;
    },
  };
}

function single({ data }: GoldenTensor): Float32Array {
  if (data instanceof Float32Array) return data;
  throw new RangeError(`golden tensor: expected f32, got ${data.constructor.name}`);
}
