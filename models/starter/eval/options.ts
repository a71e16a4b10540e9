import { parseArgs } from 'node:util';
import { samplerNames, type SamplerName } from '../../../src-main/contract/recipe.ts';
import { measures } from './measures.ts';

export interface EvalOptions {
  readonly model?: string;
  readonly judge?: string;
  /** Folder or file of another list. */
  readonly list?: string;
  readonly count: number;
  readonly rows: readonly string[];
  readonly seedOffset: number;
  /** Where pictures and tables go; nothing is written without it. */
  readonly out?: string;
  readonly steps?: number;
  readonly guidance?: number;
  readonly sampler?: SamplerName;
  readonly threads?: number;
  readonly isJson: boolean;
}

export const usage = `Usage: npm run starter:eval -- [OPTIONS]

Draws the fixed prompts with Strata's own engine and measures the pictures.

  --model FILE|FOLDER   another model than the embedded one
  --judge FILE          another judge than classifier.onnx
  --list FOLDER|FILE    other prompts (and scenes), written by train.eval_prompts and train.eval_scenes --seed-offset
  --count N             only the first N of each measure
  --rows A,B            only these measures: ${Object.keys(measures).join(', ')}
  --seed-offset N       the same prompts from other noise
  --out FOLDER          keeps the pictures, table.md and table.json
  --steps N  --guidance X  --sampler NAME   other than suits the model
  --threads N           of one operator; all cores by default
  --json                lines of JSON
`;

/** Reads the command line. Throws RangeError with a sentence for what it does not understand. */
export function readOptions(args: readonly string[]): EvalOptions {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      model: text,
      judge: text,
      list: text,
      count: text,
      rows: text,
      'seed-offset': text,
      out: text,
      steps: text,
      guidance: text,
      sampler: text,
      threads: text,
      json: { type: 'boolean' },
    },
  });
  const rows = values.rows?.split(',') ?? Object.keys(measures);
  const unknown = rows.find((row) => !Object.hasOwn(measures, row));
  if (unknown !== undefined) throw new RangeError(`--rows: expected ${Object.keys(measures).join(', ')}, found "${unknown}"`);
  const sampler = samplerNames.find((name) => name === values.sampler);
  if (values.sampler !== undefined && !sampler)
    throw new RangeError(`--sampler: expected one of ${samplerNames.join(', ')}, found "${values.sampler}"`);
  const { model, judge, list, out } = values;
  return {
    count: whole('--count', values.count, 1) ?? Infinity,
    seedOffset: whole('--seed-offset', values['seed-offset'], 0) ?? 0,
    rows,
    isJson: values.json ?? false,
    ...given({ model, judge, list, out }),
    ...given({ steps: whole('--steps', values.steps, 1), threads: whole('--threads', values.threads, 1) }),
    ...given({ guidance: values.guidance === undefined ? undefined : finite('--guidance', values.guidance) }),
    ...(sampler && { sampler }),
  };
}

/** Without what was not said. */
function given<Value>(values: Readonly<Record<string, Value | undefined>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(values).filter((entry): entry is [string, Value] => entry[1] !== undefined));
}

function whole(name: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined;
  const value = finite(name, text);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new RangeError(`${name}: expected a whole number from ${least}, found "${text}"`);
}

function finite(name: string, text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value)) return value;
  throw new RangeError(`${name}: expected a number, found "${text}"`);
}
