import { refusal } from './refusal.ts';
import type { JsonObject, ModelIo } from './types.ts';

/** A JSON object from a file of a model folder, undefined when the file is missing. Throws AppError `badConfig`. */
export async function readJsonObject(io: ModelIo, path: string): Promise<JsonObject | undefined> {
  const text = await io.readText(path);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw refusal('badConfig', path, `The file is not JSON: ${cause instanceof Error ? cause.message.slice(0, 200) : ''}`);
  }
  if (isJsonObject(value)) return value;
  throw refusal('badConfig', path, 'A JSON object was expected.');
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
