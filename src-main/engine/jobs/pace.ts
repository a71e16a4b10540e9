import type { Recipe } from '../../contract/recipe.ts';

/** How fast pictures were drawn here: per model and device, the seconds of a step for each pixel of the last picture. */
export class Pace {
  readonly #secondsPerPixelStep = new Map<string, number>();

  /** @param recipe complete: with its size and steps */
  remember({ model, engine, size, steps }: Recipe, seconds: number): void {
    if (!size || !steps) return;
    this.#secondsPerPixelStep.set(`${model} ${engine.device}`, seconds / (size.width * size.height * steps));
  }

  /** Seconds that a picture will take, or null before one was drawn with the model on the device. */
  predict(
    { model, engine }: Recipe,
    { width, height, steps }: { readonly width: number; readonly height: number; readonly steps: number },
  ): number | null {
    const pace = this.#secondsPerPixelStep.get(`${model} ${engine.device}`);
    return pace === undefined ? null : pace * width * height * steps;
  }
}
