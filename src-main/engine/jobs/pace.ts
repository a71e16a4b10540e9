import type { Recipe } from '../../contract/recipe.ts';
import { composedParts } from '../../core/prompt/composable.ts';
import { parsePrompt } from '../../core/prompt/parse-prompt.ts';

/** How fast pictures were drawn here: per model and device, the seconds of a step for each pixel and row of the last picture. */
export class Pace {
  readonly #secondsPerValue = new Map<string, number>();

  /** @param recipe complete: with its size and steps */
  remember(recipe: Recipe, seconds: number): void {
    const { model, engine, size, steps } = recipe;
    if (!size || !steps) return;
    this.#secondsPerValue.set(`${model} ${engine.device}`, seconds / (size.width * size.height * steps * rowsOf(recipe)));
  }

  /** Seconds that a picture will take, or null before one was drawn with the model on the device. */
  predict(
    recipe: Recipe,
    { width, height, steps }: { readonly width: number; readonly height: number; readonly steps: number },
  ): number | null {
    const pace = this.#secondsPerValue.get(`${recipe.model} ${recipe.engine.device}`);
    return pace === undefined ? null : pace * width * height * steps * rowsOf(recipe);
  }
}

/** The negative side, and each of the prompts joined by AND. */
function rowsOf({ prompt, syntax }: Recipe): number {
  return 1 + composedParts(parsePrompt(prompt, syntax)).length;
}
