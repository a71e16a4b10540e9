import type { Recipe, SamplerName } from '../../contract/recipe.ts';

type Schedule = Recipe['schedule'];

/** Samplers under A1111's and ComfyUI's names. What has no equal here is left out, so that it is reported and not replaced. */
const table: readonly (readonly [ours: SamplerName, a1111: string, comfy: string])[] = [
  ['euler', 'Euler', 'euler'],
  ['euler_a', 'Euler a', 'euler_ancestral'],
  ['heun', 'Heun', 'heun'],
  ['kdpm_2', 'DPM2', 'dpm_2'],
  ['kdpm_2_a', 'DPM2 a', 'dpm_2_ancestral'],
  ['lms', 'LMS', 'lms'],
  ['dpmpp_2m', 'DPM++ 2M', 'dpmpp_2m'],
  ['dpmpp_2m_sde', 'DPM++ 2M SDE', 'dpmpp_2m_sde'],
  ['dpmpp_sde', 'DPM++ SDE', 'dpmpp_sde'],
  ['ddim', 'DDIM', 'ddim'],
  ['ddpm', 'DDPM', 'ddpm'],
  ['pndm', 'PLMS', 'plms'],
  ['unipc', 'UniPC', 'uni_pc'],
  ['lcm', 'LCM', 'lcm'],
];

const schedules: readonly (readonly [ours: Schedule, a1111: string, comfy: string])[] = [
  ['default', 'Automatic', 'normal'],
  ['default', 'Uniform', 'normal'],
  ['karras', 'Karras', 'karras'],
  ['exponential', 'Exponential', 'exponential'],
  ['sgm_uniform', 'SGM Uniform', 'sgm_uniform'],
  ['beta', 'Beta', 'beta'],
  ['ays', 'Align Your Steps', 'ays'],
];

/** Old A1111 files have the schedule in the sampler's name ("DPM++ 2M Karras"). */
export function samplerFromA1111(name: string): { sampler: SamplerName; schedule?: Schedule } | undefined {
  const exact = table.find(([, a1111]) => a1111.toLowerCase() === name.toLowerCase());
  if (exact) return { sampler: exact[0] };
  const suffixed = /^(.*) (Karras|Exponential)$/i.exec(name);
  const base = table.find(([, a1111]) => a1111.toLowerCase() === suffixed?.[1]?.toLowerCase());
  const schedule = suffixed && scheduleFromA1111(suffixed[2] ?? '');
  return base && schedule ? { sampler: base[0], schedule } : undefined;
}

export function scheduleFromA1111(name: string): Schedule | undefined {
  return schedules.find(([, a1111]) => a1111.toLowerCase() === name.toLowerCase())?.[0];
}

export function samplerFromComfy(name: string): SamplerName | undefined {
  return table.find(([, , comfy]) => comfy === name)?.[0];
}

export function scheduleFromComfy(name: string): Schedule | undefined {
  return schedules.find(([, , comfy]) => comfy === name)?.[0];
}

/** A1111's words for a sampler and schedule of ours; our own name where A1111 has none. */
export function a1111Names(sampler: SamplerName, schedule: Schedule): { sampler: string; schedule: string } {
  const isKarras = sampler.endsWith('_k');
  const base = isKarras ? sampler.slice(0, -2) : sampler;
  const name = table.find(([ours]) => ours === base)?.[1] ?? base;
  const own = schedules.find(([ours]) => ours === schedule)?.[1] ?? schedule;
  return { sampler: name, schedule: isKarras && schedule === 'default' ? 'Karras' : own };
}
