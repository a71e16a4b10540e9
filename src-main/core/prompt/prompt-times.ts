import type { Recipe } from '../../contract/recipe.ts';
import { hasSchedule } from './a1111-schedule.ts';
import type { PromptMoment } from './a1111.ts';
import type { PromptSyntax } from './ast.ts';
import { parsePrompt } from './parse-prompt.ts';

/** When prompts change while sampling. */
export interface PromptTimes {
  /** A step for each different reading of the prompts, in the order in which they come first; one where nothing changes. */
  readonly moments: readonly PromptMoment[];
  /** For each step from 0, which of the moments it is. */
  readonly at: readonly number[];
}

/** The readings of prompts that edit themselves (`[from:to:when]`, `[a|b]`) over a number of steps; the prompts change together. */
export function promptTimes(texts: readonly string[], syntax: PromptSyntax, steps: number): PromptTimes {
  if (syntax !== 'a1111' || !texts.some(hasSchedule)) return { moments: [{ step: 1, steps }], at: new Array<number>(steps).fill(0) };
  const moments: PromptMoment[] = [];
  const known = new Map<string, number>();
  const at = Array.from({ length: steps }, (_, i) => {
    const moment = { step: i + 1, steps };
    const reading = JSON.stringify(texts.map((text) => parsePrompt(text, syntax, moment).parts));
    const index = known.get(reading) ?? moments.push(moment) - 1;
    known.set(reading, index);
    return index;
  });
  return { moments, at };
}

/** All texts of a recipe that are encoded. */
export function promptTexts({ prompt, negative = '', regions }: Pick<Recipe, 'prompt' | 'negative' | 'regions'>): string[] {
  return [prompt, negative, ...regions.flatMap((region) => [region.prompt, region.negative])];
}
