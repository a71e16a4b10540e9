import type { ParsedPrompt } from './ast.ts';

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
