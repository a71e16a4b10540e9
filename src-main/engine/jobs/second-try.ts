import { AppError } from '../../contract/errors.ts';
import type { DeviceChoice, GeneratedPicture, WorkHooks } from '../engine-service.ts';

export interface SecondTry {
  readonly device: DeviceChoice;
  /** @param isLean takes as little memory as it can */
  draw(device: DeviceChoice, isLean: boolean): Promise<GeneratedPicture>;
  /** Gives back what the models hold. */
  release(): Promise<void>;
  readonly hooks: Pick<WorkHooks, 'log'>;
}

/**
 * Draws, and once more where the graphics card was lost: everything it held is gone, and its back end opens another. Where it turned out too
 * small, draws with as little memory as it can; if that is too much, on the CPU for a user who left the choice open. One who asked for the GPU
 * is told.
 */
export async function drawWithSecondTry({ device, draw, release, hooks }: SecondTry): Promise<GeneratedPicture> {
  const startOver = async (error: AppError): Promise<void> => {
    hooks.log('warning', error.message);
    await release();
  };
  try {
    return await draw(device, false);
  } catch (error) {
    if (!isOf(error, 'gpuLost') && !isOf(error, 'gpuOutOfMemory')) throw error;
    await startOver(error);
    if (isOf(error, 'gpuLost')) return draw(device, false);
  }
  try {
    return await draw(device, true);
  } catch (error) {
    if (!isOf(error, 'gpuOutOfMemory') || device !== 'auto') throw error;
    await startOver(error);
    const picture = await draw('cpu', false);
    return { ...picture, warnings: [...picture.warnings, `${error.message} The picture was drawn on the CPU.`] };
  }
}

function isOf(error: unknown, code: string): error is AppError {
  return error instanceof AppError && error.code === code;
}
