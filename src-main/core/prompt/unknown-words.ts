import type { PromptSyntax } from './ast.ts';
import { parsePrompt } from './parse-prompt.ts';
import { promptTimes } from './prompt-times.ts';

const word = /\p{L}[\p{L}\p{M}]*(?:['’]\p{L}+)*|\p{N}+/gu;
const mostNamed = 8;

/**
 * Words of prompts that a model of a limited vocabulary was not trained on, in lower case, each once and in their order. What the syntax
 * takes out (weights, LoRAs) is no word.
 * @param known in lower case
 * @param steps over which prompts may edit themselves
 */
export function unknownWords(prompts: readonly string[], syntax: PromptSyntax, known: ReadonlySet<string>, steps = 1): string[] {
  const { moments } = promptTimes(prompts, syntax, steps);
  const parsed = moments.flatMap((moment) => prompts.map((prompt) => parsePrompt(prompt, syntax, moment)));
  const fragments = parsed.flatMap(({ parts }) => parts.flatMap((part) => part.sections.flatMap((section) => section.fragments)));
  const found = fragments.flatMap(({ text }) => text.normalize('NFC').toLowerCase().match(word) ?? []);
  return [...new Set(found)].filter((each) => !known.has(each));
}

/** One sentence for the user; undefined where every word is known. */
export function unknownWordsNote(words: readonly string[]): string | undefined {
  const [first] = words;
  if (first === undefined) return undefined;
  const rest = words.length - mostNamed;
  const named = words.slice(0, mostNamed).map((each) => `"${each}"`);
  const list = rest > 0 ? `${named.join(', ')} and ${rest} more` : joined(named);
  const which = words.length === 1 ? 'the word' : 'the words';
  return `The model does not know ${which} ${list}; the picture follows the others. The words that it knows are listed under Models, and by: strata models vocabulary`;
}

function joined(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
