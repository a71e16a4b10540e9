import type { promptSyntaxes } from '../../contract/recipe.ts';

export type PromptSyntax = (typeof promptSyntaxes)[number];

/** A run of text that is tokenized on its own and carries one weight. */
export interface PromptFragment {
  readonly text: string;
  readonly weight: number;
}

/** Text that starts a new block of 75 tokens (A1111's BREAK). */
export interface PromptSection {
  readonly fragments: readonly PromptFragment[];
}

/** One of the prompts that a combination is made of. */
export interface PromptPart {
  readonly weight: number;
  readonly sections: readonly PromptSection[];
}

/**
 * How parts become one conditioning. `single`: there is one part. `composable`: each part has a noise prediction of its own,
 * u + sum(weight * guidance * (c_i - u)) (A1111's AND). `blend`: weighted sum of embeddings. `concatenate`: along the tokens.
 */
export type PromptCombination = 'single' | 'composable' | 'blend' | 'concatenate';

export interface PromptLora {
  readonly name: string;
  readonly weight: number;
  readonly textWeight?: number;
}

/** What a prompt text means, whatever syntax it was written in. */
export interface ParsedPrompt {
  readonly syntax: PromptSyntax;
  readonly combine: PromptCombination;
  /** Blend weights are divided by their sum. */
  readonly normalise: boolean;
  readonly parts: readonly PromptPart[];
  readonly loras: readonly PromptLora[];
  /** Sentences about what was read but will not act. */
  readonly notes: readonly string[];
}

/** A prompt of one part and one section. */
export function singlePrompt(
  syntax: PromptSyntax,
  fragments: readonly PromptFragment[],
  rest: Partial<Pick<ParsedPrompt, 'loras' | 'notes'>> = {},
): ParsedPrompt {
  const parts = [{ weight: 1, sections: [{ fragments }] }];
  return { syntax, combine: 'single', normalise: false, parts, loras: rest.loras ?? [], notes: rest.notes ?? [] };
}

/** Joins neighbours of equal weight and drops empty ones; never empty. */
export function mergeFragments(fragments: readonly PromptFragment[]): PromptFragment[] {
  const merged: PromptFragment[] = [];
  for (const fragment of fragments) {
    if (fragment.text === '') continue;
    const last = merged.at(-1);
    if (last?.weight === fragment.weight) merged[merged.length - 1] = { text: last.text + fragment.text, weight: last.weight };
    else merged.push(fragment);
  }
  return merged.length > 0 ? merged : [{ text: '', weight: 1 }];
}
