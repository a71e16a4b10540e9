/**
 * A1111's prompt editing: `[from:to:when]`, `[to:when]`, `[from::when]` and `[a|b]`. The text of a prompt at a step, with other
 * brackets left as they are. Steps count from 1; `when` below 1 is a share of all steps (modules/prompt_parser.py).
 */
export interface ScheduledText {
  /** Last step, counted from 1, for which the text holds. */
  readonly until: number;
  readonly text: string;
}

const deepest = 64;

/** Whether the text changes while sampling. */
export function hasSchedule(text: string): boolean {
  return promptAtStep(text, 1, 2) !== text;
}

/** The text at one step. Editing and alternation nest; brackets nested deeper than 64 are taken as text. */
export function promptAtStep(text: string, step: number, steps: number): string {
  return resolve(text, { step, steps, depth: 0 });
}

/** All texts of a prompt while sampling, in order; equal neighbours are one entry. */
export function scheduleOf(text: string, steps: number): ScheduledText[] {
  const schedule: ScheduledText[] = [];
  for (let step = 1; step <= steps; step++) {
    const now = promptAtStep(text, step, steps);
    if (schedule.at(-1)?.text === now) schedule.pop();
    schedule.push({ until: step, text: now });
  }
  return schedule;
}

interface Moment {
  readonly step: number;
  readonly steps: number;
  readonly depth: number;
}

function resolve(text: string, moment: Moment): string {
  if (moment.depth > deepest || !text.includes('[')) return text;
  const closing = closingBrackets(text);
  let result = '';
  let at = 0;
  while (at < text.length) {
    const character = text[at] ?? '';
    const end = character === '[' ? (closing.get(at) ?? -1) : -1;
    if (character === '\\') {
      result += text.slice(at, at + 2);
      at += 2;
    } else if (end < 0) {
      result += character;
      at++;
    } else {
      result += resolveBracket(text.slice(at + 1, end), { ...moment, depth: moment.depth + 1 });
      at = end + 1;
    }
  }
  return result;
}

function resolveBracket(inner: string, moment: Moment): string {
  const choices = splitOutside(inner, '|');
  if (choices.length > 1) return resolve(choices[(moment.step - 1) % choices.length] ?? '', moment);
  const parts = splitOutside(inner, ':');
  const number = parts.at(-1)?.trim() ?? '';
  if (parts.length < 2 || parts.length > 3 || !/^(\d+\.?\d*|\.\d+)$/.test(number)) return `[${resolve(inner, moment)}]`;
  const when = Number(number);
  const lastBefore = Math.min(moment.steps, Math.trunc(when < 1 ? when * moment.steps : when));
  const [before, after] = parts.length === 3 ? [parts[0] ?? '', parts[1] ?? ''] : ['', parts[0] ?? ''];
  return resolve(moment.step <= lastBefore ? before : after, moment);
}

/** For each square bracket that opens, the index of the one that closes it. */
function closingBrackets(text: string): ReadonlyMap<number, number> {
  const closing = new Map<number, number>();
  const open: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '\\') i++;
    else if (character === '[') open.push(i);
    else if (character === ']') closing.set(open.pop() ?? -1, i);
  }
  return closing;
}

/** Splits at a separator that is inside no bracket of either kind. */
function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text[i] ?? '';
    if (character === '\\') i++;
    else if (character === '(' || character === '[') depth++;
    else if (character === ')' || character === ']') depth--;
    else if (character === separator && depth === 0) {
      parts.push(text.slice(from, i));
      from = i + 1;
    }
  }
  return [...parts, text.slice(from)];
}
