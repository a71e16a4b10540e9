import { defaultsFor } from '../../../models/checkpoint/defaults.ts';
import type { ModelDescription } from '../../../models/checkpoint/types.ts';
import { AppError } from '../../contract/errors.ts';
import type { Recipe, SamplerName } from '../../contract/recipe.ts';
import { createNamedSampler, schedulesOf, type ScheduleName } from '../../core/samplers/named-samplers.ts';
import type { View } from '../../core/inpaint/focus.ts';
import type { Sampler } from '../../core/samplers/sampler.ts';

/** What a recipe leaves open, decided: the model's defaults stand in. */
export interface Settings {
  readonly width: number;
  readonly height: number;
  readonly steps: number;
  readonly guidance: number;
  readonly guidanceRescale: number;
  readonly clipSkip: number;
  readonly sampler: SamplerName;
  readonly schedule: ScheduleName;
  /** Where only a part of the frame is drawn. */
  readonly view?: View;
}

/** Decides what the recipe leaves open. Throws AppError `sizeNotSupported` when the size does not fit the model's latents. */
export function resolveSettings(recipe: Recipe, description: ModelDescription): Settings {
  const defaults = defaultsFor(description);
  const { width, height } = recipe.size ?? defaults;
  const factor = description.vaeFactor;
  if (width % factor !== 0 || height % factor !== 0) {
    const message = `The size must be a multiple of ${factor} for this model, found ${width}x${height}. The nearest is ${nearest(width, factor)}x${nearest(height, factor)}.`;
    throw new AppError('sizeNotSupported', message, { width, height, expected: factor });
  }
  return {
    width,
    height,
    steps: recipe.steps ?? defaults.steps,
    guidance: recipe.guidance ?? defaults.guidance,
    guidanceRescale: recipe.guidanceRescale || defaults.guidanceRescale,
    clipSkip: recipe.clipSkip || defaults.clipSkip,
    sampler: recipe.sampler ?? automaticSampler(recipe.schedule, defaults.sampler, description.preferred?.sampler),
    schedule: recipe.schedule,
  };
}

/** A sampler that only suits the model gives way to a schedule that it cannot follow; a distilled model needs its own. */
function automaticSampler(schedule: ScheduleName, sampler: SamplerName, preferred: SamplerName | undefined): SamplerName {
  const isNeeded = sampler !== preferred;
  return isNeeded || schedulesOf(sampler).includes(schedule) ? sampler : 'dpmpp_2m';
}

/** The recipe with nothing left open: what is stored with the picture. */
export function completeRecipe(recipe: Recipe, settings: Settings): Recipe {
  const { width, height, view, ...rest } = settings;
  return { ...recipe, ...rest, size: view ? { width: view.full.width, height: view.full.height } : { width, height } };
}

/** Starts the sampler's run for these settings. */
export function startSampler(settings: Settings, description: ModelDescription): Sampler {
  const { schedulerOverrides } = defaultsFor(description);
  const terminal = description.zeroTerminalSnr ? { rescale_betas_zero_snr: true, timestep_spacing: 'trailing' as const } : {};
  return createNamedSampler({
    name: settings.sampler,
    schedule: settings.schedule,
    steps: settings.steps,
    base: description.scheduler,
    model: { prediction_type: description.prediction, ...terminal, ...schedulerOverrides },
    family: description.family.startsWith('sdxl') ? 'sdxl' : 'sd1',
  });
}

/** Whether both sides run: guidance of 1 or less is the positive side alone, and consistency models take theirs as an input. */
export function usesGuidance(settings: Settings, description: ModelDescription): boolean {
  return settings.guidance > 1 && description.components.unet?.config['time_cond_proj_dim'] == null;
}

function nearest(pixels: number, factor: number): number {
  return Math.max(Math.round(pixels / factor), 1) * factor;
}
