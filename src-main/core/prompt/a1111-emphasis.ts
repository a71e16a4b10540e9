import { mergeFragments, type PromptFragment } from './ast.ts';

const token = /\\[()[\]\\]|\\|[([]|:\s*[+-]?(?:\d+\.?\d*|\.\d+)\s*\)|[)\]]|[^\\()[\]:]+|:/g;
const round = 1.1;
const square = 1 / 1.1;

/**
 * `(x)` times 1.1, `[x]` divided by 1.1, `(x:1.3)`; backslash escapes; brackets left open close at the end; closing ones without
 * a partner are text (A1111 modules/prompt_parser.py, parse_prompt_attention).
 */
export function parseEmphasis(text: string): PromptFragment[] {
  const fragments: { text: string; weight: number }[] = [];
  const open: { bracket: '(' | '['; from: number }[] = [];
  const close = (bracket: '(' | '[', factor: number): boolean => {
    if (open.at(-1)?.bracket !== bracket) return false;
    const from = open.pop()?.from ?? 0;
    for (const fragment of fragments.slice(from)) fragment.weight *= factor;
    return true;
  };
  for (const [piece] of text.matchAll(token)) {
    const isWeight = piece.length > 1 && piece.startsWith(':') && piece.endsWith(')');
    let isText = false;
    if (piece === '(' || piece === '[') open.push({ bracket: piece, from: fragments.length });
    else if (isWeight) isText = !close('(', Number(piece.slice(1, -1)));
    else if (piece === ')') isText = !close('(', round);
    else if (piece === ']') isText = !close('[', square);
    else isText = true;
    if (isText) fragments.push({ text: /^\\[()[\]\\]$/.test(piece) ? piece.slice(1) : piece, weight: 1 });
  }
  while (open.length > 0) {
    const bracket = open.at(-1)?.bracket ?? '(';
    close(bracket, bracket === '(' ? round : square);
  }
  return mergeFragments(fragments);
}
