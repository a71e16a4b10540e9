import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';

/** The command line was wrong: exit code 2. The message is a sentence for the user. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** How a command is called; the help is printed from it. */
export interface CommandHelp {
  readonly usage: string;
  readonly summary: string;
  readonly options: readonly (readonly [option: string, meaning: string])[];
  readonly examples?: readonly string[];
}

/** @throws UsageError for options that are not in the table, or that miss their value */
export function parseOptions<Options extends ParseArgsOptionsConfig>(args: readonly string[], options: Options) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message.replace(/\. To specify a positional.*$/s, '.') : String(error));
  }
}

export function helpText({ usage, summary, options, examples = [] }: CommandHelp): string {
  const width = Math.max(...options.map(([option]) => option.length), 0);
  const rows = options.map(([option, meaning]) => `  ${option.padEnd(width)}  ${meaning}`);
  const parts = [`Usage: ${usage}`, summary, rows.join('\n')];
  if (examples.length > 0) parts.push(['Examples:', ...examples.map((line) => `  ${line}`)].join('\n'));
  return parts.filter((part) => part !== '').join('\n\n');
}

/** A number within limits. @throws UsageError */
export function numberOption(
  name: string,
  text: string,
  limits: { readonly min: number; readonly max: number; readonly isWhole?: boolean },
): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  const isGood = limits.isWhole ? Number.isSafeInteger(value) : Number.isFinite(value);
  if (isGood && value >= limits.min && value <= limits.max) return value;
  throw new UsageError(`${name} must be a ${limits.isWhole ? 'whole ' : ''}number from ${limits.min} to ${limits.max}; found "${text}".`);
}

/** One of a list. @throws UsageError */
export function choiceOption<Choice extends string>(name: string, text: string, choices: readonly Choice[]): Choice {
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  throw new UsageError(`${name} must be one of ${choices.join(', ')}; found "${text}".`);
}

/** Bytes from `4G`, `1.5GB`, `800M` or a plain number. @throws UsageError */
export function bytesOption(name: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?$/i.exec(text.trim());
  const power = 'kmgt'.indexOf(match?.[2]?.toLowerCase() || '?') + 1;
  const bytes = Math.round(Number(match?.[1] ?? 0) * 1024 ** power);
  if (!match || bytes < 1) throw new UsageError(`${name} must be a size such as 4G or 800M; found "${text}".`);
  return bytes;
}
