/** A model configuration that this program cannot use: the key, what was expected and what was found. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Typed reading of a diffusers or transformers `config.json`. Unknown keys are ignored, as those libraries do. */
export class ConfigReader {
  readonly #values: ReadonlyMap<string, unknown>;
  readonly #what: string;

  constructor(json: unknown, what: string) {
    if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new ConfigError(`${what}: expected an object of settings`);
    this.#values = new Map(Object.entries(json));
    this.#what = what;
  }

  has(key: string): boolean {
    return this.#values.get(key) !== undefined && this.#values.get(key) !== null;
  }

  number(key: string, fallback?: number): number {
    return this.#read(key, fallback, 'a number', (value) => typeof value === 'number' && Number.isFinite(value));
  }

  string(key: string, fallback?: string): string {
    return this.#read(key, fallback, 'a text', (value) => typeof value === 'string');
  }

  boolean(key: string, fallback?: boolean): boolean {
    return this.#read(key, fallback, 'true or false', (value) => typeof value === 'boolean');
  }

  numbers(key: string, fallback?: readonly number[]): readonly number[] {
    return this.#read(
      key,
      fallback,
      'a list of numbers',
      (value) => Array.isArray(value) && value.every((item) => typeof item === 'number'),
    );
  }

  strings(key: string, fallback?: readonly string[]): readonly string[] {
    return this.#read(key, fallback, 'a list of texts', (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'));
  }

  /** One number for all of `count` blocks, or a list with one each. */
  perBlock(key: string, count: number, fallback?: number): readonly number[] {
    const value = this.#values.get(key) ?? fallback;
    if (typeof value === 'number') return new Array<number>(count).fill(value);
    const list = this.numbers(key);
    if (list.length !== count) throw new ConfigError(`${this.#what}: ${key}: expected ${count} numbers, got ${list.length}`);
    return list;
  }

  /** Refuses any other value than those this program implements. */
  oneOf<T extends string>(key: string, values: readonly T[], fallback?: T): T {
    const value = this.string(key, fallback);
    const found = values.find((item) => item === value);
    if (found === undefined) throw new ConfigError(`${this.#what}: ${key}: expected ${values.join(' or ')}, got ${value}`);
    return found;
  }

  #read<T>(key: string, fallback: T | undefined, expected: string, fits: (value: unknown) => boolean): T {
    const value = this.#values.get(key) ?? fallback;
    if (value === undefined) throw new ConfigError(`${this.#what}: ${key} is missing; expected ${expected}`);
    if (!fits(value)) throw new ConfigError(`${this.#what}: ${key}: expected ${expected}, got ${JSON.stringify(value).slice(0, 80)}`);
    return value as T;
  }
}
