import type { Precision, Recipe, SamplerName } from '../../src-main/contract/recipe.ts';

export const precisionTitles: Readonly<Record<Precision, string>> = { full: 'Full', fast: 'Fast' };

export const scheduleTitles: Readonly<Record<Recipe['schedule'], string>> = {
  default: 'Sampler’s own',
  karras: 'Karras',
  exponential: 'Exponential',
  beta: 'Beta',
  sgm_uniform: 'SGM uniform',
  ays: 'Align your steps',
};

const families: Readonly<Record<string, string>> = {
  ddim: 'DDIM',
  ddpm: 'DDPM',
  deis: 'DEIS',
  lms: 'LMS',
  pndm: 'PNDM',
  heun: 'Heun',
  euler: 'Euler',
  euler_a: 'Euler ancestral',
  kdpm_2: 'KDPM 2',
  kdpm_2_a: 'KDPM 2 ancestral',
  dpmpp_2s: 'DPM++ 2S',
  dpmpp_2m: 'DPM++ 2M',
  dpmpp_2m_sde: 'DPM++ 2M SDE',
  dpmpp_3m: 'DPM++ 3M',
  dpmpp_sde: 'DPM++ SDE',
  unipc: 'UniPC',
  lcm: 'LCM',
  tcd: 'TCD',
};

/** "DPM++ 2M Karras" for `dpmpp_2m_k`; what a recipe leaves open is automatic. */
export function samplerTitle(name: SamplerName | undefined): string {
  if (name === undefined) return 'Automatic';
  const isKarras = name.endsWith('_k');
  const base = isKarras ? name.slice(0, -2) : name;
  return `${families[base] ?? base}${isKarras ? ' Karras' : ''}`;
}
