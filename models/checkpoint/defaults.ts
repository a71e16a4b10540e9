import { fileName } from './file-name.ts';
import type { SamplerName } from '../../src-main/contract/recipe.ts';
import type { ModelDescription, ModelFamily } from './types.ts';

/** What a recipe takes where it says nothing. */
export interface ModelDefaults {
  readonly width: number;
  readonly height: number;
  readonly steps: number;
  /** 0 or 1 switches classifier-free guidance off. */
  readonly guidance: number;
  readonly guidanceRescale: number;
  readonly sampler: SamplerName;
  readonly clipSkip: number;
  /** Keys that replace those of the model's scheduler config. */
  readonly schedulerOverrides: Readonly<Record<string, string | boolean>>;
  /** Why these and not the family's, as a sentence. */
  readonly reason: string;
}

const familyDefaults: Record<ModelFamily, Omit<ModelDefaults, 'reason'>> = {
  sd1: { width: 512, height: 512, steps: 25, guidance: 7, guidanceRescale: 0, sampler: 'dpmpp_2m_k', clipSkip: 0, schedulerOverrides: {} },
  sd2: { width: 768, height: 768, steps: 25, guidance: 7, guidanceRescale: 0, sampler: 'dpmpp_2m_k', clipSkip: 0, schedulerOverrides: {} },
  sdxl: { width: 1024, height: 1024, steps: 25, guidance: 6, guidanceRescale: 0, sampler: 'dpmpp_2m_k', clipSkip: 0, schedulerOverrides: {} },
  'sdxl-refiner': { width: 1024, height: 1024, steps: 25, guidance: 6, guidanceRescale: 0, sampler: 'dpmpp_2m_k', clipSkip: 0, schedulerOverrides: {} },
}; // prettier-ignore

interface Distilled {
  readonly name: RegExp;
  readonly title: string;
  readonly settings: Partial<ModelDefaults>;
}

const trailing = { timestep_spacing: 'trailing' } as const;

/** Distilled models have the tensors of ordinary ones; only names tell. The first match counts. */
const distilled: readonly Distilled[] = [
  { name: /lightning/i, title: 'Lightning', settings: { steps: 4, guidance: 0, sampler: 'euler', schedulerOverrides: trailing } },
  { name: /hyper[-_ ]?sd/i, title: 'Hyper-SD', settings: { steps: 4, guidance: 0, sampler: 'tcd', schedulerOverrides: {} } },
  { name: /(^|[^a-z])lcm/i, title: 'LCM', settings: { steps: 6, guidance: 1.5, sampler: 'lcm', schedulerOverrides: {} } },
  {
    name: /turbo/i,
    title: 'Turbo',
    settings: { width: 512, height: 512, steps: 2, guidance: 0, sampler: 'euler_a', schedulerOverrides: trailing },
  },
];

/** Defaults for a model: its family's, changed for distilled models by markers in its config or name. */
export function defaultsFor(
  model: Pick<ModelDescription, 'family' | 'path' | 'components' | 'zeroTerminalSnr' | 'prediction' | 'preferred'>,
): ModelDefaults {
  const base: ModelDefaults = {
    ...familyDefaults[model.family],
    ...sizeOf(model),
    reason: model.preferred ? 'The model names settings that suit it.' : `These are the usual settings of ${model.family}.`,
    ...model.preferred,
  };
  if (typeof model.components.unet?.config['time_cond_proj_dim'] === 'number') {
    return { ...base, steps: 6, guidance: 8, sampler: 'lcm', reason: 'The UNet takes guidance as an input: an LCM model.' };
  }
  const name = fileName(model.path);
  const match = distilled.find((entry) => entry.name.test(name));
  if (match) return { ...base, ...match.settings, ...stepsInName(name), reason: `The name says ${match.title}.` };
  if (!model.zeroTerminalSnr) return base;
  const reason = 'The model has zero terminal SNR.';
  return { ...base, guidanceRescale: 0.7, schedulerOverrides: { ...trailing, rescale_betas_zero_snr: true }, reason };
}

function sizeOf(model: Pick<ModelDescription, 'components'>): Partial<ModelDefaults> {
  const sample = model.components.unet?.config['sample_size'];
  const widths = model.components.vae?.config['block_out_channels'];
  if (typeof sample !== 'number' || !Array.isArray(widths) || sample < 2 || sample > 256) return {};
  const side = sample * 2 ** (widths.length - 1);
  return { width: side, height: side };
}

function stepsInName(name: string): { steps?: number } {
  const steps = Number(/(\d+)[-_ ]?steps?/i.exec(name)?.[1] ?? Number.NaN);
  return steps >= 1 && steps <= 16 ? { steps } : {};
}
