import { expect, test } from 'vitest';
import { betaQuantile } from './beta-quantile.ts';
import { cumulativeAlphas, trainingSigmas } from './betas.ts';
import { fromConfig, type SchedulerJson } from './config.ts';
import { createSampler } from './create-sampler.ts';

const sd1: SchedulerJson = { beta_start: 0.00085, beta_end: 0.012, beta_schedule: 'scaled_linear', steps_offset: 1 };
const sdxl: SchedulerJson = { ...sd1, timestep_spacing: 'leading' };

test('the products of alphas are those of torch', () => {
  const alphas = cumulativeAlphas(fromConfig({}, sd1));
  const picked = [0, 1, 499, 500, 998, 999].map((step) => alphas[step]!.toFixed(8));
  expect(picked).toEqual(['0.99914998', '0.99829602', '0.27766943', '0.27633247', '0.00471670', '0.00466010']);
});

test('the noise levels span 0.029 to 14.6', () => {
  const sigmas = trainingSigmas(cumulativeAlphas(fromConfig({}, sd1)));
  expect(sigmas[0]).toBeCloseTo(0.02916753, 8);
  expect(sigmas.at(-1)).toBeCloseTo(14.61464691, 5);
});

test('a zero-SNR schedule ends without signal, and at 4096 where a sampler needs a finite level', () => {
  const config = fromConfig({ rescale_betas_zero_snr: false }, sd1, { rescale_betas_zero_snr: true });
  expect(cumulativeAlphas(config).at(-1)).toBe(0);
  expect(trainingSigmas(cumulativeAlphas(config, 'floored')).at(-1)).toBeCloseTo(4096, 2);
});

test.each([
  { probability: 0.8, quantile: 0.87707825 },
  { probability: 0.6, quantile: 0.63729901 },
  { probability: 0.4, quantile: 0.36270099 },
  { probability: 0.2, quantile: 0.12292175 },
  { probability: 1, quantile: 1 },
  { probability: 0, quantile: 0 },
])('the beta quantile of $probability is $quantile', ({ probability, quantile }) => {
  expect(betaQuantile(probability)).toBeCloseTo(quantile, 8);
});

test('Euler is linspace on the JSON of SD1.5 and leading on that of SDXL', () => {
  const first = (base: SchedulerJson): number => createSampler({ className: 'EulerDiscreteScheduler', base, steps: 20 }).timesteps[0]!;
  expect([first(sd1), first(sdxl)]).toEqual([999, 951]);
});

test.each([
  { className: 'DDIMScheduler', timesteps: [831, 665, 499, 333, 167, 1] },
  { className: 'PNDMScheduler', timesteps: [831, 665, 665, 499, 333, 167, 1] },
  { className: 'HeunDiscreteScheduler', timesteps: [831, 665, 665, 499, 499, 333, 333, 167, 167, 1, 1] },
  { className: 'DPMSolverMultistepScheduler', timesteps: [853, 711, 569, 427, 285, 143] },
  { className: 'DPMSolverSinglestepScheduler', timesteps: [999, 832, 666, 500, 333, 166] },
])('six leading steps of $className', ({ className, timesteps }) => {
  expect([...createSampler({ className, base: sdxl, steps: 6 }).timesteps]).toEqual(timesteps);
});

test('the middles of KDPM2 lie between its steps', () => {
  const { timesteps } = createSampler({ className: 'KDPM2DiscreteScheduler', base: sdxl, steps: 6 });
  const expected = [831, 752.5327, 665, 584.9511, 499, 415.8076, 333, 243.545, 167, 21.4424, 1];
  expected.forEach((timestep, i) => expect(timesteps[i]).toBeCloseTo(timestep, 3));
});

test('a start in the middle adds noise by the level of its step', () => {
  const base = sdxl;
  const [clean, noise] = [Float32Array.of(1), Float32Array.of(1)];
  const added = (className: string, index: number): number =>
    createSampler({ className, base, steps: 6 }).addNoise(clean, noise, index)[0]!;
  expect(added('EulerDiscreteScheduler', 5)).toBeCloseTo(1.04131, 5);
  expect(added('HeunDiscreteScheduler', 10)).toBeCloseTo(1.04131, 5);
  expect(added('DDIMScheduler', 5)).toBeCloseTo(Math.sqrt(0.99829602) + Math.sqrt(1 - 0.99829602), 5);
});

test('the denoised estimate of noise-free predictions is the clean sample', () => {
  const [clean, noise] = [Float32Array.of(0.5, -1), Float32Array.of(2, 0.25)];
  for (const className of [
    'EulerDiscreteScheduler',
    'DPMSolverMultistepScheduler',
    'DDIMScheduler',
    'UniPCMultistepScheduler',
    'PNDMScheduler',
  ]) {
    const sampler = createSampler({ className, base: { ...sdxl, clip_sample: false }, steps: 6 });
    const x = sampler.addNoise(clean, noise, 2);
    const { x0 } = sampler.step({ output: noise, x, index: 2, noise: { normal: () => noise, brownian: () => noise } });
    x0.forEach((value, i) => expect(value).toBeCloseTo(clean[i]!, 5));
  }
});

test.each([
  {
    field: 'prediction_type',
    value: 'flow',
    message: /wrong prediction_type: expected one of epsilon, v_prediction, sample, found "flow"/,
  },
  { field: 'num_train_timesteps', value: 1e9, message: /expected a whole number from 2 to 10000, found 1000000000/ },
  { field: 'beta_end', value: NaN, message: /wrong beta_end/ },
  { field: 'use_karras_sigmas', value: 'yes', message: /expected true or false, found "yes"/ },
  { field: 'trained_betas', value: [0.1, 'x'], message: /wrong trained_betas/ },
])('a configuration with a wrong $field is refused', ({ field, value, message }) => {
  const base = { ...sd1, [field]: value };
  expect(() => createSampler({ className: 'EulerDiscreteScheduler', base, steps: 6 })).toThrow(message);
});

test('a null and fields of other classes are ignored', () => {
  const base = { ...sdxl, trained_betas: null, timestep_spacing: null, solver_order: 99 };
  expect(createSampler({ className: 'EulerDiscreteScheduler', base, steps: 6 }).timesteps[0]).toBe(999);
});

test('an offset does not lead beyond the training steps', () => {
  const { timesteps } = createSampler({ className: 'DDIMScheduler', base: { ...sdxl, steps_offset: 5 }, steps: 999 });
  expect(Math.max(...timesteps)).toBe(999);
});

test('a class that is not known and impossible numbers of steps are refused', () => {
  expect(() => createSampler({ className: 'KarrasVeScheduler', base: sd1, steps: 6 })).toThrow(/expected one of DDIMScheduler/);
  expect(() => createSampler({ className: 'LCMScheduler', base: sd1, steps: 51 })).toThrow(/at most 50 steps/);
  expect(() => createSampler({ className: 'EulerDiscreteScheduler', base: sd1, steps: 0 })).toThrow(/found 0/);
});
