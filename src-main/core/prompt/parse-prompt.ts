import { parseA1111, type PromptMoment } from './a1111.ts';
import { singlePrompt, type ParsedPrompt, type PromptSyntax } from './ast.ts';
import { parseComfy } from './comfy.ts';
import { parseCompel } from './compel.ts';

/** Reads a prompt in one of the syntaxes; `plain` takes every character as text. Never throws. */
export function parsePrompt(text: string, syntax: PromptSyntax, moment?: PromptMoment): ParsedPrompt {
  switch (syntax) {
    case 'a1111':
      return parseA1111(text, moment);
    case 'comfy':
      return parseComfy(text);
    case 'compel':
      return parseCompel(text);
    case 'plain':
      return singlePrompt('plain', [{ text, weight: 1 }]);
    default:
      return syntax satisfies never;
  }
}
