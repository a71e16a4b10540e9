import type { SettingsRecord } from './records.ts';

export interface PromptEdit {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const largest = 2;
const weighted = /^\((?<words>[^()]*):(?<weight>\d*\.?\d+)\)$/;
const compelWeighted = /^\((?<words>[^()]*)\)(?<weight>\d*\.?\d+)$/;

/**
 * Raises or lowers the weight of the selected words (or of the word at the caret) by `step`, in the notation of the syntax:
 * `(words:1.1)` for A1111 and ComfyUI, `(words)1.1` for compel. A weight of 1 takes the brackets away. Plain text has no weights.
 */
export function adjustWeight(edit: PromptEdit, step: number, syntax: SettingsRecord['syntax']): PromptEdit {
  if (syntax === 'plain') return edit;
  const range = growToGroup(edit, wordAt(edit), syntax);
  const chosen = edit.text.slice(range.start, range.end);
  if (chosen.trim() === '') return edit;
  const match = (syntax === 'compel' ? compelWeighted : weighted).exec(chosen);
  const words = match?.groups?.['words'] ?? chosen;
  const before = Number(match?.groups?.['weight'] ?? 1);
  const weight = Math.round(Math.min(largest, Math.max(0, before + step)) * 100) / 100;
  const next = weight === 1 ? words : syntax === 'compel' ? `(${words})${weight}` : `(${words}:${weight})`;
  return { text: edit.text.slice(0, range.start) + next + edit.text.slice(range.end), start: range.start, end: range.start + next.length };
}

function wordAt({ text, start, end }: PromptEdit): { start: number; end: number } {
  if (end > start) {
    const chosen = text.slice(start, end);
    return { start: start + (chosen.length - chosen.trimStart().length), end: end - (chosen.length - chosen.trimEnd().length) };
  }
  const isWord = (index: number) => index >= 0 && index < text.length && /[^\s,()[\]:]/.test(text[index] ?? '');
  let [from, to] = [start, start];
  while (isWord(from - 1)) from--;
  while (isWord(to)) to++;
  return { start: from, end: to };
}

/** When the words stand inside a weighted group already, the group is what changes. */
function growToGroup(
  { text }: PromptEdit,
  range: { start: number; end: number },
  syntax: SettingsRecord['syntax'],
): { start: number; end: number } {
  const groups = text.matchAll(syntax === 'compel' ? /\([^()]*\)\d*\.?\d+/g : /\([^()]*:\d*\.?\d+\)/g);
  for (const group of groups) {
    const end = group.index + group[0].length;
    if (range.start >= group.index && range.end <= end) return { start: group.index, end };
  }
  return range;
}
