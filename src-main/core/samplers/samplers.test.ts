import { expect, test } from 'vitest';
import { TorchGenerator } from '../random/torch-generator.ts';
import type { SchedulerJson } from './config.ts';
import { createSampler, type SamplerSpec } from './create-sampler.ts';
import { stepNoise } from './step-noise.ts';

const base: SchedulerJson = {
  beta_start: 0.00085,
  beta_end: 0.012,
  beta_schedule: 'scaled_linear',
  steps_offset: 1,
  clip_sample: false,
  set_alpha_to_one: false,
};

type Run = Pick<SamplerSpec, 'className' | 'overrides' | 'eta'> & { readonly steps?: number; readonly seed?: number };

/** Six steps from four values with the stand-in model 0.3 x + 0.0002 t and the noise of one seed. */
function finish({ seed = 0, steps = 6, ...spec }: Run): readonly number[] {
  const sampler = createSampler({ base, steps, ...spec });
  const noise = stepNoise(new TorchGenerator(seed), seed);
  let x = Float32Array.of(0.1, -0.2, 0.3, -0.4).map((value) => value * sampler.initNoiseSigma);
  sampler.timesteps.forEach((timestep, index) => {
    const output = sampler.modelInput(x, index).map((value) => 0.3 * value + 0.0002 * timestep);
    x = new Float32Array(sampler.step({ output, x, index, noise }).x);
  });
  return [...x];
}

const leading = { timestep_spacing: 'leading' };
const zeroSnr = { timestep_spacing: 'trailing', prediction_type: 'v_prediction', rescale_betas_zero_snr: true };
const karras = { use_karras_sigmas: true };
const leadingKarras = { ...leading, ...karras };

test.each<{ name: string; run: Run; last: readonly number[] }>([
  { name: 'DDIM', run: { className: 'DDIMScheduler', overrides: leading }, last: [-0.209181, -1.150538, 0.418391, -1.77811] },
  {
    name: 'DDIM with eta 1',
    run: { className: 'DDIMScheduler', overrides: leading, eta: 1 },
    last: [-0.136668, -2.410804, -3.090911, -0.081288],
  },
  {
    name: 'DDIM without signal',
    run: { className: 'DDIMScheduler', overrides: zeroSnr },
    last: [-0.043905, -0.187216, 0.051637, -0.282758],
  },
  { name: 'PNDM', run: { className: 'PNDMScheduler', overrides: leading }, last: [-0.0983, -0.942231, 0.46432, -1.504851] },
  { name: 'Euler', run: { className: 'EulerDiscreteScheduler', overrides: leading }, last: [-0.207439, -1.140934, 0.414891, -1.763263] },
  { name: 'Euler linspace', run: { className: 'EulerDiscreteScheduler' }, last: [-0.851487, -2.776872, 0.432103, -4.060461] },
  {
    name: 'Euler trailing',
    run: { className: 'EulerDiscreteScheduler', overrides: { timestep_spacing: 'trailing' } },
    last: [-0.799458, -2.669864, 0.447479, -3.916801],
  },
  {
    name: 'Euler Karras',
    run: { className: 'EulerDiscreteScheduler', overrides: leadingKarras },
    last: [-0.226165, -1.181168, 0.410503, -1.817836],
  },
  {
    name: 'Euler exponential',
    run: { className: 'EulerDiscreteScheduler', overrides: { ...leading, use_exponential_sigmas: true } },
    last: [-0.247943, -1.223859, 0.402668, -1.874471],
  },
  {
    name: 'Euler beta',
    run: { className: 'EulerDiscreteScheduler', overrides: { ...leading, use_beta_sigmas: true } },
    last: [-0.217122, -1.157592, 0.409859, -1.784572],
  },
  {
    name: 'Euler without signal',
    run: { className: 'EulerDiscreteScheduler', overrides: zeroSnr },
    last: [-0.044293, -0.183436, 0.048469, -0.276204],
  },
  {
    name: 'Euler ancestral',
    run: { className: 'EulerAncestralDiscreteScheduler', overrides: leading },
    last: [-0.143484, -2.426754, -3.092318, -0.096728],
  },
  { name: 'DDPM', run: { className: 'DDPMScheduler', overrides: leading }, last: [-0.143484, -2.426754, -3.092317, -0.096728] },
  { name: 'Heun', run: { className: 'HeunDiscreteScheduler', overrides: leading }, last: [-0.095208, -0.932334, 0.462876, -1.490419] },
  {
    name: 'Heun Karras',
    run: { className: 'HeunDiscreteScheduler', overrides: leadingKarras },
    last: [-0.084114, -0.911729, 0.467629, -1.463471],
  },
  { name: 'LMS', run: { className: 'LMSDiscreteScheduler', overrides: leading }, last: [-0.165868, -1.066581, 0.434608, -1.667057] },
  {
    name: 'DPM++ 2M',
    run: { className: 'DPMSolverMultistepScheduler', overrides: leading },
    last: [-0.174618, -1.110916, 0.449581, -1.735115],
  },
  { name: 'DPM++ 2M linspace', run: { className: 'DPMSolverMultistepScheduler' }, last: [-0.628274, -2.313164, 0.494985, -3.436424] },
  {
    name: 'DPM++ 2M Karras',
    run: { className: 'DPMSolverMultistepScheduler', overrides: karras },
    last: [-0.401227, -1.849725, 0.564438, -2.815392],
  },
  {
    name: 'DPM++ 2M Karras in 16 steps',
    run: { className: 'DPMSolverMultistepScheduler', overrides: karras, steps: 16 },
    last: [-0.51592, -2.098118, 0.538879, -3.152916],
  },
  {
    name: 'DPM++ 2M SDE Karras',
    run: { className: 'DPMSolverMultistepScheduler', overrides: { ...karras, algorithm_type: 'sde-dpmsolver++' } },
    last: [0.994606, -5.449813, -7.932534, 2.391764],
  },
  {
    name: 'DPM++ 3M Karras',
    run: { className: 'DPMSolverMultistepScheduler', overrides: { ...karras, solver_order: 3 } },
    last: [-0.545299, -2.090526, 0.484851, -3.120678],
  },
  { name: 'DPM++ 2S', run: { className: 'DPMSolverSinglestepScheduler' }, last: [-0.702326, -2.473618, 0.478535, -3.654479] },
  { name: 'UniPC', run: { className: 'UniPCMultistepScheduler', overrides: leading }, last: [-0.161358, -1.084709, 0.45421, -1.700277] },
  {
    name: 'UniPC Karras',
    run: { className: 'UniPCMultistepScheduler', overrides: leadingKarras },
    last: [-0.375265, -1.792515, 0.569569, -2.737349],
  },
  { name: 'DEIS', run: { className: 'DEISMultistepScheduler', overrides: leading }, last: [-0.190281, -1.149819, 0.44941, -1.789511] },
  { name: 'KDPM2', run: { className: 'KDPM2DiscreteScheduler', overrides: leading }, last: [-0.095323, -0.938075, 0.466512, -1.49991] },
  { name: 'DPM++ SDE', run: { className: 'DPMSolverSDEScheduler', overrides: leading }, last: [0.105382, -2.764072, 1.641476, 0.832483] },
  {
    name: 'DPM++ SDE Karras',
    run: { className: 'DPMSolverSDEScheduler', overrides: leadingKarras },
    last: [-0.40799, -2.815062, 1.051169, 0.361608],
  },
  {
    name: 'DPM++ SDE Karras of seed 42',
    run: { className: 'DPMSolverSDEScheduler', overrides: leadingKarras, seed: 42 },
    last: [-0.15402, 1.531657, -0.661628, 0.24124],
  },
  { name: 'LCM', run: { className: 'LCMScheduler', steps: 4 }, last: [-0.036695, -4.900208, -4.490739, -1.631721] },
  { name: 'TCD', run: { className: 'TCDScheduler', steps: 4 }, last: [0.672665, -4.991281, -4.488903, -2.159515] },
])('$name ends where diffusers ends', ({ run, last }) => {
  const values = finish(run);
  last.forEach((expected, i) => expect(Math.abs(values[i]! - expected)).toBeLessThan(5e-5));
});
