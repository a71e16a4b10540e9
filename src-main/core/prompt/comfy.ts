import { mergeFragments, singlePrompt, type ParsedPrompt, type PromptFragment } from './ast.ts';

const deepest = 64;
const escapedOpen = '\u0000(';
const escapedClose = '\u0000)';

/**
 * Reads ComfyUI's syntax: `(x)` times 1.1, nested ones multiply; `(x:1.2)` sets the weight, whatever is around it. Square brackets
 * are text (comfy/sd1_clip.py, token_weights). Never throws.
 */
export function parseComfy(text: string): ParsedPrompt {
  const notes = /<lora:/i.test(text) ? ['<lora:…> in a prompt does nothing in this syntax; add the LoRA as a layer.'] : [];
  const escaped = text.replaceAll('\u0000', '').replaceAll('\\)', escapedClose).replaceAll('\\(', escapedOpen);
  const fragments = weigh(escaped, 1, 0).map((fragment) => ({ ...fragment, text: fragment.text.replace(/\u0000([()])/g, '$1') })); // eslint-disable-line no-control-regex
  return singlePrompt('comfy', mergeFragments(fragments), { notes });
}

function weigh(text: string, weight: number, depth: number): PromptFragment[] {
  if (depth > deepest) return [{ text, weight }];
  return groups(text).flatMap((group) => {
    if (!(group.startsWith('(') && group.endsWith(')') && group.length >= 2)) return [{ text: group, weight }];
    const inner = group.slice(1, -1);
    const colon = inner.lastIndexOf(':');
    const number = colon > 0 ? inner.slice(colon + 1).trim() : '';
    if (/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(number)) return weigh(inner.slice(0, colon), Number(number), depth + 1);
    return weigh(inner, weight * 1.1, depth + 1);
  });
}

/** Splits into text and outermost groups in round brackets; a group that is never closed runs to the end as text. */
function groups(text: string): string[] {
  const result: string[] = [];
  let current = '';
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text[i] ?? '';
    const isEscaped = text[i - 1] === '\u0000';
    if (character === '(' && !isEscaped) {
      if (depth === 0 && current !== '') {
        result.push(current);
        current = '';
      }
      depth++;
      current += character;
    } else if (character === ')' && !isEscaped) {
      depth = Math.max(0, depth - 1);
      current += character;
      if (depth === 0) {
        result.push(current);
        current = '';
      }
    } else {
      current += character;
    }
  }
  return current === '' ? result : [...result, current];
}
