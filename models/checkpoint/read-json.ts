import { refusal } from './refusal.ts';
import type { JsonObject, ModelIo } from './types.ts';

/** A JSON object from a file of a model folder, undefined when the file is missing. Throws AppError `badConfig`. */
export async function readJsonObject(io: ModelIo, path: string): Promise<JsonObject | undefined> {
  const text = await io.readText(path);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(withoutNumberWords(text.replace(/^\uFEFF/, '')));
  } catch (cause) {
    throw refusal('badConfig', path, `The file is not JSON: ${cause instanceof Error ? cause.message.slice(0, 200) : ''}`);
  }
  if (isJsonObject(value)) return value;
  throw refusal('badConfig', path, 'A JSON object was expected.');
}

/** Python writes infinities and NaN as bare words, such as the `lambda_min_clipped` of DPM-Solver; none of them says anything we read. */
function withoutNumberWords(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g, (found) => (found.startsWith('"') ? found : 'null'));
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
