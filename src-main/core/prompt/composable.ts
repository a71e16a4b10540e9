import { AppError } from '../../contract/errors.ts';
import type { Recipe } from '../../contract/recipe.ts';
import type { ParsedPrompt } from './ast.ts';
import { parsePrompt } from './parse-prompt.ts';

/** One of the prompts joined by AND, with the weight of its prediction. */
export interface ComposedPart {
  readonly weight: number;
  /** The part as a prompt of its own. */
  readonly prompt: ParsedPrompt;
}

/** The prompts that are predicted one by one: the parts of a composable prompt, or the prompt itself. Notes and LoRAs stay with the first. */
export function composedParts(prompt: ParsedPrompt): readonly ComposedPart[] {
  if (prompt.combine !== 'composable') return [{ weight: 1, prompt }];
  return prompt.parts.map((part, i) => ({
    weight: part.weight,
    prompt: {
      ...prompt,
      combine: 'single',
      parts: [{ ...part, weight: 1 }],
      ...(i > 0 && { loras: [], notes: [] }),
    },
  }));
}

/**
 * Refuses AND where it has no meaning: a region's prompt is a part of each prediction and cannot have several, and the negative side is what all of them
 * are measured from. Throws AppError `andNotSupported`.
 */
export function requireOnePrediction({ negative = '', regions, syntax }: Pick<Recipe, 'negative' | 'regions' | 'syntax'>): void {
  const refuse = (text: string, where: string, help: string) => {
    const { length } = composedParts(parsePrompt(text, syntax));
    if (length === 1) return;
    const message = `The ${where} joins ${length} prompts by AND, which only the main prompt can: expected one prompt. ${help}`;
    throw new AppError('andNotSupported', message, { where, prompts: length });
  };
  const instead = 'Join them by commas, or put them into the main prompt with a weight below 0, such as "AND fog :-0.5".';
  refuse(negative, 'negative prompt', instead);
  regions.forEach((region, i) => {
    const name = region.name || `region ${i + 1}`;
    refuse(region.prompt, `prompt of ${name}`, 'Join them by commas, or give each a region of its own.');
    refuse(region.negative, `negative prompt of ${name}`, 'Join them by commas.');
  });
}
