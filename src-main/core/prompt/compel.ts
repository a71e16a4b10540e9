import { mergeFragments, type ParsedPrompt, type PromptFragment, type PromptLora, type PromptPart } from './ast.ts';

const plusBase = 1.1;
const minusBase = 0.9;
const deepest = 64;
const functionCall = /^\s*\(((?:\s*(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')\s*,?)+)\)\s*\.\s*(blend|and)\s*\(([^()]*)\)\s*$/;

/**
 * Reads the syntax of compel, InvokeAI's: `word+`, `word--`, `(words)1.2`, `(words)++`, `"quoted words"-`, `("a", "b").blend(1, 0.8)`,
 * `("a", "b").and()`, `withLora(name, weight)`. Weights nest by multiplication. Never throws: what is not understood is text.
 */
export function parseCompel(source: string): ParsedPrompt {
  const notes: string[] = [];
  const { text, loras } = takeLoras(source);
  const call = functionCall.exec(text);
  if (!call) {
    if (/\)\s*\.\s*(blend|and)\s*\(/.test(text))
      notes.push('.blend() and .and() act only on a list of quoted prompts that is the whole prompt.');
    const parts = [part(text, 1, notes)];
    return { syntax: 'compel', combine: 'single', normalise: false, parts, loras, notes };
  }
  const [, list = '', name, options = ''] = call;
  const prompts = [...list.matchAll(/"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'/g)].map((match) => match[1] ?? match[2] ?? '');
  const words = options.split(',').map((word) => word.trim()).filter(Boolean); // prettier-ignore
  const weights = words.map(Number).filter(Number.isFinite);
  if (weights.length > 0 && weights.length !== prompts.length) {
    notes.push(`.${name}() has ${weights.length} weights for ${prompts.length} prompts; missing weights are 1.`);
  }
  const parts = prompts.map((prompt, index) => part(prompt, weights[index] ?? 1, notes));
  const combine = name === 'blend' ? 'blend' : 'concatenate';
  return { syntax: 'compel', combine, normalise: combine === 'blend' && !words.includes('no_normalize'), parts, loras, notes };
}

function part(text: string, weight: number, notes: string[]): PromptPart {
  if (/\.swap\s*\(/.test(text)) notes.push('.swap() is not supported; the words before it are used.');
  const kept = text.replace(/\.swap\s*\((?:"(?:\\.|[^"\\])*"|[^()])*\)/g, '');
  return { weight, sections: [{ fragments: mergeFragments(new Reader(kept).fragments()) }] };
}

/** The text without its `withLora(…)` calls, and what they name. */
export function takeLoras(source: string): { text: string; loras: PromptLora[] } {
  const loras: PromptLora[] = [];
  const text = source.replace(/\b(?:with|use)Lora\(\s*([^,()]+?)\s*(?:,\s*([-+]?[\d.]+)\s*)?\)/g, (_, name: string, weight?: string) => {
    const number = Number(weight ?? 1);
    loras.push({ name, weight: Number.isFinite(number) ? number : 1 });
    return '';
  });
  return { text, loras };
}

/** Recursive descent over words, quotes and groups. */
class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  fragments(): PromptFragment[] {
    return this.#sequence(0);
  }

  #sequence(depth: number): PromptFragment[] {
    const result: PromptFragment[] = [];
    while (this.#at < this.#text.length) {
      const character = this.#text[this.#at];
      if (character === ')' && depth > 0) break;
      if (character === '(' && depth < deepest) result.push(...this.#group(depth));
      else if (character === '"') result.push(...this.#quoted());
      else result.push(...this.#words());
    }
    return result;
  }

  /** A group with its weight; without a closing bracket the opening one is text. */
  #group(depth: number): PromptFragment[] {
    this.#at++;
    const inner = this.#sequence(depth + 1);
    if (this.#text[this.#at] !== ')') return [{ text: '(', weight: 1 }, ...inner];
    this.#at++;
    const weight = this.#suffix();
    if (weight === undefined) return [{ text: '(', weight: 1 }, ...inner, { text: ')', weight: 1 }];
    return inner.map((fragment) => ({ text: fragment.text, weight: fragment.weight * weight }));
  }

  #quoted(): PromptFragment[] {
    const match = /"((?:\\.|[^"\\])*)"/y;
    match.lastIndex = this.#at;
    const found = match.exec(this.#text);
    if (!found) {
      this.#at++;
      return [{ text: '"', weight: 1 }];
    }
    this.#at += found[0].length;
    return [{ text: unescape(found[1] ?? ''), weight: this.#suffix() ?? 1 }];
  }

  /** The weight after a closing bracket or quote: a number or a run of one sign. */
  #suffix(): number | undefined {
    const match = /\++|-+|\d+(?:\.\d+)?|\.\d+/y;
    match.lastIndex = this.#at;
    const found = match.exec(this.#text)?.[0];
    if (found === undefined) return undefined;
    this.#at += found.length;
    return signWeight(found) ?? Number(found);
  }

  /** Text up to the next bracket or quote; a word's own signs give it a weight. */
  #words(): PromptFragment[] {
    const match = /(?:\\.|[^()"\\])+|[\s\S]/y;
    match.lastIndex = this.#at;
    const found = match.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    return found.split(/(\s+)/).flatMap((word) => {
      const signed = /^([\s\S]*?[^\s+-])(\++|-+)([,.;:!?]*)$/.exec(word);
      if (!signed) return [{ text: unescape(word), weight: 1 }];
      const [, stem = '', signs = '', end = ''] = signed;
      return [{ text: unescape(stem), weight: signWeight(signs) ?? 1 }, { text: end, weight: 1 }]; // prettier-ignore
    });
  }
}

function signWeight(signs: string): number | undefined {
  if (/^\++$/.test(signs)) return plusBase ** signs.length;
  return /^-+$/.test(signs) ? minusBase ** signs.length : undefined;
}

function unescape(text: string): string {
  return text.replace(/\\([()"'\\])/g, '$1');
}
