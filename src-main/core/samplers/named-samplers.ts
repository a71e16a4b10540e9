import { AppError } from '../../contract/errors.ts';
import type { Recipe, SamplerName } from '../../contract/recipe.ts';
import type { SchedulerConfig, SchedulerJson } from './config.ts';
import { createSampler } from './create-sampler.ts';
import type { Sampler, SamplerClass } from './sampler.ts';
import { schedulerClasses, type SchedulerClassName } from './scheduler-classes.ts';
import { alignedSigmas, alignedSpacing, betaSigmas, exponentialSigmas, karrasSigmas, type SigmaSpacing } from './sigmas.ts';

export type ScheduleName = Recipe['schedule'];

interface NamedSampler {
  readonly className: SchedulerClassName;
  readonly overrides: Partial<SchedulerConfig>;
}

const plain = (className: SchedulerClassName, overrides: Partial<SchedulerConfig> = {}): NamedSampler => ({
  className,
  overrides: { use_karras_sigmas: false, ...overrides },
});
const karras = (className: SchedulerClassName, overrides: Partial<SchedulerConfig> = {}): NamedSampler => ({
  className,
  overrides: { ...overrides, use_karras_sigmas: true },
});

const sde = { algorithm_type: 'sde-dpmsolver++' } as const;
const third = { solver_order: 3 } as const;

/** The recipe's sampler names (InvokeAI's) as classes and what they set; `_k` is the class with Karras levels. */
export const samplerByName: Readonly<Record<SamplerName, NamedSampler>> = {
  ddim: plain('DDIMScheduler'),
  ddpm: plain('DDPMScheduler'),
  deis: plain('DEISMultistepScheduler'),
  deis_k: karras('DEISMultistepScheduler'),
  lms: plain('LMSDiscreteScheduler'),
  lms_k: karras('LMSDiscreteScheduler'),
  pndm: plain('PNDMScheduler'),
  heun: plain('HeunDiscreteScheduler'),
  heun_k: karras('HeunDiscreteScheduler'),
  euler: plain('EulerDiscreteScheduler'),
  euler_k: karras('EulerDiscreteScheduler'),
  euler_a: plain('EulerAncestralDiscreteScheduler'),
  kdpm_2: plain('KDPM2DiscreteScheduler'),
  kdpm_2_k: karras('KDPM2DiscreteScheduler'),
  kdpm_2_a: plain('KDPM2AncestralDiscreteScheduler'),
  kdpm_2_a_k: karras('KDPM2AncestralDiscreteScheduler'),
  dpmpp_2s: plain('DPMSolverSinglestepScheduler'),
  dpmpp_2s_k: karras('DPMSolverSinglestepScheduler'),
  dpmpp_2m: plain('DPMSolverMultistepScheduler'),
  dpmpp_2m_k: karras('DPMSolverMultistepScheduler'),
  dpmpp_2m_sde: plain('DPMSolverMultistepScheduler', sde),
  dpmpp_2m_sde_k: karras('DPMSolverMultistepScheduler', sde),
  dpmpp_3m: plain('DPMSolverMultistepScheduler', third),
  dpmpp_3m_k: karras('DPMSolverMultistepScheduler', third),
  dpmpp_sde: plain('DPMSolverSDEScheduler'),
  dpmpp_sde_k: karras('DPMSolverSDEScheduler'),
  unipc: plain('UniPCMultistepScheduler'),
  unipc_k: karras('UniPCMultistepScheduler'),
  lcm: plain('LCMScheduler'),
  tcd: plain('TCDScheduler'),
};

export interface NamedSamplerSpec {
  readonly name: SamplerName;
  readonly schedule: ScheduleName;
  readonly steps: number;
  /** The model's scheduler_config.json. */
  readonly base: SchedulerJson;
  /** What is known of the model besides: prediction type, zero terminal SNR. */
  readonly model?: Partial<SchedulerConfig>;
  /** Which aligned table `ays` takes. */
  readonly family: keyof typeof alignedSigmas;
  readonly eta?: number;
}

/** Latents have no bounds: the clipping to -1 and 1 that DDIM and DDPM begin with in diffusers is for models of pixels. */
const unclipped = { clip_sample: false } as const;

/** Starts the run of a recipe's sampler. Throws AppError `scheduleNotSupported`, `samplerSteps`. */
export function createNamedSampler({ name, schedule, family, base, model = {}, ...options }: NamedSamplerSpec): Sampler {
  const { className, overrides } = samplerByName[name];
  if (!schedulesOf(name).includes(schedule)) {
    const message = `The sampler ${name} has fixed noise levels: expected the schedule "default", got "${schedule}". Choose another sampler or the default schedule.`;
    throw new AppError('scheduleNotSupported', message, { sampler: name, schedule });
  }
  const { fields, spacing } = scheduleChange(schedule, schedulerClasses[className], family);
  return createSampler({
    className,
    base,
    overrides: { ...model, ...unclipped, ...overrides, ...fields },
    ...options,
    ...(spacing && { spacing }),
  });
}

const allSchedules: readonly ScheduleName[] = ['default', 'karras', 'exponential', 'beta', 'sgm_uniform', 'ays'];

/** The schedules that a sampler can follow: all, or only its own where it must keep to training steps. */
export function schedulesOf(name: SamplerName): readonly ScheduleName[] {
  return schedulerClasses[samplerByName[name].className].levels === 'free' ? allSchedules : ['default'];
}

interface ScheduleChange {
  readonly fields: Partial<SchedulerConfig>;
  readonly spacing?: SigmaSpacing;
}

const noSpacing = { use_karras_sigmas: false, use_exponential_sigmas: false, use_beta_sigmas: false, use_lu_lambdas: false } as const;

/** A schedule as fields of the class where it has them, so that its timesteps are rounded as diffusers does, else as a spacing. */
function scheduleChange(schedule: ScheduleName, { defaults }: SamplerClass, family: keyof typeof alignedSigmas): ScheduleChange {
  switch (schedule) {
    case 'default':
      return { fields: {} };
    case 'sgm_uniform':
      return { fields: { ...noSpacing, timestep_spacing: 'sgm_uniform' } };
    case 'ays':
      return { fields: noSpacing, spacing: alignedSpacing(alignedSigmas[family]) };
    case 'karras':
    case 'exponential':
    case 'beta': {
      const { field, spacing } = spacings[schedule];
      const fields = { ...noSpacing, [field]: true };
      return field in defaults ? { fields } : { fields, spacing };
    }
    default:
      throw new RangeError(`schedule: expected one of ${allSchedules.join(', ')}, got ${String(schedule satisfies never)}`);
  }
}

const spacings = {
  karras: { field: 'use_karras_sigmas', spacing: karrasSigmas },
  exponential: { field: 'use_exponential_sigmas', spacing: exponentialSigmas },
  beta: { field: 'use_beta_sigmas', spacing: betaSigmas },
} as const;
