const longest = 2_000_000;

/** A JSON object in a text from a foreign file, undefined when it is none or longer than 2 MB. */
export function jsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  if (text.length > longest) return undefined;
  try {
    // ComfyUI writes NaN for unset numbers.
    const value: unknown = JSON.parse(text.replace(/:\s*-?(?:NaN|Infinity)\b/g, ': null'));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An own property; names like `constructor` in a foreign object are not looked up on its prototype. */
export function own(object: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
