import { parseA1111, withoutA1111Loras, type PromptMoment } from './a1111.ts';
import { singlePrompt, type ParsedPrompt, type PromptSyntax } from './ast.ts';
import { parseComfy } from './comfy.ts';
import { parseCompel, takeLoras } from './compel.ts';

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

/** The prompt without the LoRAs that it names, which is read as the same text. */
export function withoutLoras(text: string, syntax: PromptSyntax): string {
  if (syntax === 'a1111') return withoutA1111Loras(text);
  return syntax === 'compel' ? takeLoras(text).text : text;
}
