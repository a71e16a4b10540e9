import type { ComponentName, WeightLocation, WeightMap } from '../../../models/checkpoint/types.ts';
import { AppError } from '../../contract/errors.ts';
import { fileIdentity } from '../adapters/file-identity.ts';
import { requireFinite } from '../adapters/finite-weights.ts';
import type { LoadedModel } from '../model/loaded-model.ts';
import { restorable } from '../model/model-library.ts';

const titles: Readonly<Record<ComponentName, string>> = {
  unet: 'UNet',
  vae: 'VAE',
  text_encoder: 'text encoder',
  text_encoder_2: 'text encoder',
};

/**
 * Runs a job; where it came to values that are not numbers, the model's weights are read through to name the file that holds them.
 * Throws AppError `nonFiniteWeights` in place of `nonFinite` when there is one.
 */
export async function namingDamage<T>(model: LoadedModel, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof AppError && error.code === 'nonFinite') await requireSoundModel(model);
    throw error;
  }
}

async function requireSoundModel({ description }: LoadedModel): Promise<void> {
  try {
    for (const [name, component] of Object.entries(description.components)) {
      for (const [file, weights] of byFile(component.weights)) {
        await requireFinite(file, titles[name as ComponentName], `${name} ${await fileIdentity(file, weights)}`, weights);
      }
    }
  } catch (error) {
    throw restorable(description.path, error);
  }
}

function byFile(weights: WeightMap): Map<string, WeightMap> {
  const files = new Map<string, WeightMap>();
  for (const [name, location] of weights) {
    const own: WeightMap = files.get(location.file) ?? new Map<string, WeightLocation>();
    files.set(location.file, own.set(name, location));
  }
  return files;
}

/** Refuses a decoded picture with values that are not numbers: it would be black. Throws AppError `nonFinite`. */
export function requireFinitePicture(values: Float32Array): void {
  let sum = 0;
  // Zero times infinity or NaN is NaN.
  for (const value of values) sum += 0 * value;
  if (sum === 0) return;
  const message = 'The VAE gave values that are not numbers: expected a finite picture. Its file may be damaged.';
  throw new AppError('nonFinite', message, { stage: 'decode' });
}
