import { AppError } from '../../contract/errors.ts';
import type { DeviceChoice, GeneratedPicture, WorkHooks } from '../engine-service.ts';

export interface SecondTry {
  readonly device: DeviceChoice;
  draw(device: DeviceChoice): Promise<GeneratedPicture>;
  /** Gives back what the models hold. */
  release(): Promise<void>;
  readonly hooks: Pick<WorkHooks, 'log'>;
}

/**
 * Draws, and once more where the graphics card was lost or turned out too small. Everything a lost card held is gone with it; its back end opens
 * another. A user who asked for the GPU is told that it is too small; one who left the choice open gets the picture from the CPU.
 */
export async function drawWithSecondTry({ device, draw, release, hooks }: SecondTry): Promise<GeneratedPicture> {
  try {
    return await draw(device);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const isLost = error.code === 'gpuLost';
    if (!isLost && !(error.code === 'gpuOutOfMemory' && device === 'auto')) throw error;
    hooks.log('warning', error.message);
    await release();
    if (isLost) return draw(device);
    const picture = await draw('cpu');
    return { ...picture, warnings: [...picture.warnings, `${error.message} The picture was drawn on the CPU.`] };
  }
}
