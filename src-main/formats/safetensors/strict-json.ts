/**
 * A JSON reader for headers of foreign files. Unlike JSON.parse it refuses duplicate keys (JSON.parse keeps the last in silence),
 * bounds the nesting, gives objects as Maps (a key `__proto__` is just a key) and keeps numbers that are not plain
 * non-negative safe integers as their text, so that 1.0, 1e3 and 2^60 cannot pass as integers.
 */
export type StrictJson = string | number | boolean | null | OddNumber | StrictJson[] | Map<string, StrictJson>;

/** A JSON number that is not a plain non-negative safe integer. */
export interface OddNumber {
  readonly text: string;
}

export class StrictJsonError extends Error {
  readonly kind: 'syntax' | 'duplicate' | 'nesting' | 'tooMany';
  readonly key: string | undefined;

  constructor(kind: 'syntax' | 'duplicate' | 'nesting' | 'tooMany', message: string, key?: string) {
    super(message);
    this.kind = kind;
    this.key = key;
  }
}

const maxDepth = 8;
/** 200,000 tensors have about 2 million values; more would cost seconds. */
const maxValues = 4_000_000;
const mostNestedKeys = 100_000;
const literals: readonly (readonly [word: string, value: boolean | null])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];
const numberPattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// eslint-disable-next-line no-control-regex -- control characters are what JSON forbids in strings
const controlCharacters = /[\u0000-\u001f]/;

/** Parses `text`, an object with at most `maxKeys` top-level keys. Throws StrictJsonError. */
export function parseStrictObject(text: string, maxKeys: number): Map<string, StrictJson> {
  const reader = new Reader(text, maxKeys);
  return reader.document();
}

class Reader {
  readonly #text: string;
  readonly #maxKeys: number;
  #at = 0;
  #values = 0;

  constructor(text: string, maxKeys: number) {
    this.#text = text;
    this.#maxKeys = maxKeys;
  }

  document(): Map<string, StrictJson> {
    const value = this.#object(1);
    this.#space();
    if (this.#at !== this.#text.length) throw this.#syntax('nothing after the closing brace');
    return value;
  }

  #value(depth: number): StrictJson {
    if (depth > maxDepth) throw new StrictJsonError('nesting', `values are nested deeper than ${maxDepth}`);
    if (++this.#values > maxValues) throw new StrictJsonError('nesting', `there are more than ${maxValues} values`);
    const character = this.#text[this.#at] ?? '';
    if (character >= '0' && character <= '9') return this.#number();
    if (character === '{') return this.#object(depth);
    if (character === '[') return this.#array(depth);
    if (character === '"') return this.#string();
    for (const [word, value] of literals) {
      if (character !== word[0] || !this.#text.startsWith(word, this.#at)) continue;
      this.#at += word.length;
      return value;
    }
    return this.#number();
  }

  #object(depth: number): Map<string, StrictJson> {
    const result = new Map<string, StrictJson>();
    this.#expect('{');
    this.#space();
    if (this.#take('}')) return result;
    do {
      this.#space();
      const key = this.#string();
      if (result.has(key)) throw new StrictJsonError('duplicate', `the name "${key.slice(0, 200)}" occurs twice`, key);
      this.#space();
      this.#expect(':');
      this.#space();
      result.set(key, this.#value(depth + 1));
      if (result.size > (depth === 1 ? this.#maxKeys : mostNestedKeys)) {
        throw new StrictJsonError(depth === 1 ? 'tooMany' : 'nesting', `there are more than ${result.size - 1} entries in an object`);
      }
      this.#space();
    } while (this.#take(','));
    this.#expect('}');
    return result;
  }

  #array(depth: number): StrictJson[] {
    const result: StrictJson[] = [];
    this.#expect('[');
    this.#space();
    if (this.#take(']')) return result;
    do {
      this.#space();
      result.push(this.#value(depth + 1));
      this.#space();
    } while (this.#take(','));
    this.#expect(']');
    return result;
  }

  #string(): string {
    const start = this.#at;
    this.#expect('"');
    let end = this.#text.indexOf('"', this.#at);
    while (end > 0 && this.#isEscaped(end)) end = this.#text.indexOf('"', end + 1);
    if (end < 0) throw this.#syntax('a closing quote');
    const raw = this.#text.slice(this.#at, end);
    if (controlCharacters.test(raw)) throw this.#syntax('no control characters in a string');
    this.#at = end + 1;
    if (!raw.includes('\\')) return raw;
    return this.#unescape(this.#text.slice(start, end + 1));
  }

  #unescape(quoted: string): string {
    try {
      const value: unknown = JSON.parse(quoted);
      if (typeof value === 'string' && value.isWellFormed()) return value;
    } catch {
      // falls through to the refusal below
    }
    throw this.#syntax('valid escapes in a string');
  }

  #isEscaped(quote: number): boolean {
    let backslashes = 0;
    for (let at = quote - 1; at >= this.#at && this.#text[at] === '\\'; at--) backslashes++;
    return backslashes % 2 === 1;
  }

  #number(): number | OddNumber {
    numberPattern.lastIndex = this.#at;
    const text = numberPattern.exec(this.#text)?.[0];
    if (text === undefined) throw this.#syntax('a value');
    this.#at += text.length;
    const value = text.length <= 16 && /^\d+$/.test(text) ? Number(text) : Number.NaN;
    return Number.isSafeInteger(value) ? value : { text: text.slice(0, 64) };
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at++;
    }
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #expect(character: string): void {
    if (!this.#take(character)) throw this.#syntax(`"${character}"`);
  }

  #syntax(expected: string): StrictJsonError {
    const got = this.#at < this.#text.length ? `"${this.#text.slice(this.#at, this.#at + 12)}"` : 'the end';
    return new StrictJsonError('syntax', `expected ${expected} at character ${this.#at}, found ${got}`);
  }
}
