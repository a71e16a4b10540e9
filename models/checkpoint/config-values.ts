import { refusal } from './refusal.ts';
import type { JsonObject } from './types.ts';

/** A whole number from 0 to `most` of a foreign config.json. Throws AppError `badConfig` when it is anything else. */
export function configInteger(config: JsonObject, key: string, fallback?: number, most = 2 ** 31 - 1): number {
  const value = config[key] ?? fallback;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= most) return value;
  throw refusal(
    'badConfig',
    'config.json',
    `"${key}" must be a whole number of at most ${most}, found ${JSON.stringify(value) ?? 'nothing'}.`,
  );
}

/** A list of positive whole numbers. Throws AppError `badConfig`. */
export function configIntegers(config: JsonObject, key: string): number[] {
  const value = config[key];
  const isList = Array.isArray(value) && value.length > 0 && value.length <= 16;
  const numbers = isList ? value.filter((item): item is number => Number.isSafeInteger(item) && item > 0 && item < 2 ** 31) : [];
  if (isList && numbers.length === value.length) return numbers;
  throw refusal('badConfig', 'config.json', `"${key}" must be a list of whole numbers, found ${JSON.stringify(value) ?? 'nothing'}.`);
}

/** A list of names. Throws AppError `badConfig`. */
export function configStrings(config: JsonObject, key: string): string[] {
  const value = config[key];
  const strings = Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
  if (Array.isArray(value) && value.length > 0 && value.length <= 16 && strings.length === value.length) return strings;
  throw refusal('badConfig', 'config.json', `"${key}" must be a list of names, found ${JSON.stringify(value) ?? 'nothing'}.`);
}

/** One number for every block or a list with one entry a block; entries may be lists with one number a layer. */
export function perBlock(value: unknown, blocks: number, layers: number): number[][] {
  const list = Array.isArray(value) ? value : Array.from({ length: blocks }, () => value);
  return Array.from({ length: blocks }, (_, block) => {
    const entry: unknown = list[block];
    const numbers: unknown[] = Array.isArray(entry) ? entry : Array.from({ length: layers }, () => entry);
    return Array.from({ length: layers }, (_, layer) => {
      const count = numbers[layer] ?? numbers.at(-1);
      return typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 && count <= 64 ? count : 1;
    });
  });
}
