import { expect, test } from 'vitest';
import { samplerNames, samplersOnGrid } from '../../contract/recipe.ts';
import { createNamedSampler, samplerByName, schedulesOf, type NamedSamplerSpec } from './named-samplers.ts';
import type { Sampler } from './sampler.ts';

const base = { beta_start: 0.00085, beta_end: 0.012, beta_schedule: 'scaled_linear', steps_offset: 1, clip_sample: false };
const spec: NamedSamplerSpec = { name: 'euler', schedule: 'default', steps: 10, base, family: 'sd1' };

/** Runs a sampler from a step to the end with a model that halves its input and constant noise. */
function isFinite(sampler: Sampler, startStep: number): boolean {
  const ones = Float32Array.of(1, -1);
  const start = startStep * sampler.order;
  let x: Float32Array = startStep === 0 ? ones.map((value) => value * sampler.initNoiseSigma) : sampler.addNoise(ones, ones, start);
  for (let index = start; index < sampler.timesteps.length; index++) {
    const output = sampler.modelInput(x, index).map((value) => 0.5 * value);
    x = sampler.step({ output, x, index, noise: { normal: () => ones, brownian: () => ones } }).x;
  }
  return x.every(Number.isFinite);
}

const everyChoice = samplerNames.flatMap((name) => schedulesOf(name).map((schedule) => ({ name, schedule })));

test.each(everyChoice)('$name with the schedule $schedule is finite from every step', ({ name, schedule }) => {
  for (const steps of [1, 2, 3, 10]) {
    for (let start = 0; start < steps; start++) {
      const sampler = createNamedSampler({ ...spec, name, schedule, steps });
      expect([steps, start, isFinite(sampler, start)]).toEqual([steps, start, true]);
      expect(sampler.timesteps.every((timestep) => timestep >= 0 && timestep <= 999)).toBe(true);
    }
  }
});

test('the samplers on a grid are those that the contract tells the window', () => {
  expect(samplerNames.filter((name) => schedulesOf(name).length === 1)).toEqual(samplersOnGrid);
});

test('a sampler on a grid refuses a schedule of noise levels', () => {
  expect(() => createNamedSampler({ ...spec, name: 'ddim', schedule: 'karras' })).toThrow(/expected the schedule "default", got "karras"/);
});

test('the names with _k and the schedule karras give the same levels', () => {
  const named = createNamedSampler({ ...spec, name: 'dpmpp_2m_k' });
  const scheduled = createNamedSampler({ ...spec, name: 'dpmpp_2m', schedule: 'karras' });
  expect(scheduled.timesteps).toEqual(named.timesteps);
  expect(scheduled.sigmas).toEqual(named.sigmas);
});

test('a name without _k ignores the Karras levels of the model', () => {
  const sampler = createNamedSampler({ ...spec, base: { ...base, use_karras_sigmas: true } });
  expect(sampler.timesteps[1]).toBe(888);
});

test.each(['ddim', 'ddpm'] as const)('%s does not clip latents where the model does not say whether it should', (name) => {
  const { clip_sample: _, ...silent } = base;
  const sampler = createNamedSampler({ ...spec, name, base: silent });
  const noise = { normal: () => new Float32Array(2), brownian: () => new Float32Array(2) };
  const { x0 } = sampler.step({ output: new Float32Array(2), x: Float32Array.of(3, -3), index: sampler.timesteps.length - 1, noise });
  expect(x0.every((value) => Math.abs(value) > 3)).toBe(true);
});

test('a chosen schedule reaches ancestral Euler, which has no field for it', () => {
  const karras = createNamedSampler({ ...spec, name: 'euler_a', schedule: 'karras' });
  expect(karras.sigmas).toEqual(createNamedSampler({ ...spec, name: 'euler_k' }).sigmas);
});

test.each([
  { family: 'sd1', timesteps: [999, 850, 736, 645, 545, 455, 343, 233, 124, 24] },
  { family: 'sdxl', timesteps: [999, 845, 730, 587, 443, 310, 193, 116, 53, 13] },
] as const)('ten aligned steps of $family are those of the paper', ({ family, timesteps }) => {
  const sampler = createNamedSampler({ ...spec, name: 'dpmpp_2m', schedule: 'ays', family });
  sampler.timesteps.forEach((timestep, i) => expect(Math.abs(timestep - timesteps[i]!)).toBeLessThanOrEqual(1));
});

test('sgm_uniform leaves the last of one point more', () => {
  const { timesteps } = createNamedSampler({ ...spec, schedule: 'sgm_uniform', steps: 3 });
  expect([...timesteps]).toEqual([999, 666, 333]);
});

test('every sampler name has a row', () => {
  expect(Object.keys(samplerByName)).toEqual([...samplerNames]);
});
