import type { Recipe, RecipeInput } from '../../contract/recipe.ts';
import { integerWithin, numberWithin, sizeWithin, unmatchedEntry, type ImportedRecipe } from './imported-recipe.ts';
import { a1111Names, samplerFromA1111, scheduleFromA1111 } from './sampler-names.ts';

/** What the recipe leaves to the model's defaults, as it was run. */
export interface RunSettings {
  readonly width: number;
  readonly height: number;
  readonly steps: number;
  readonly guidance: number;
  readonly sampler: NonNullable<Recipe['sampler']>;
  readonly modelName: string;
  /** "Strata 1.2.3" */
  readonly version: string;
}

/** A recipe as the `parameters` text that A1111 and many galleries read: prompt, negative prompt, one line of settings. */
export function writeA1111Parameters(recipe: Recipe, run: RunSettings): string {
  const { sampler, schedule } = a1111Names(run.sampler, recipe.schedule);
  const settings: [name: string, value: string | number][] = [
    ['Steps', run.steps],
    ['Sampler', sampler],
    ['Schedule type', schedule],
    ['CFG scale', run.guidance],
    ['Seed', recipe.seed],
    ['Size', `${run.width}x${run.height}`],
    ['Model', quoted(run.modelName)],
    ...(recipe.modelSha256 === undefined ? [] : [['Model hash', recipe.modelSha256.slice(0, 10)] as [string, string]]),
    ...(recipe.image ? [['Denoising strength', recipe.image.strength] as [string, number]] : []),
    ...(recipe.clipSkip > 0 ? [['Clip skip', recipe.clipSkip + 1] as [string, number]] : []),
    ['Version', quoted(run.version)],
  ];
  const negative = recipe.negative ? [`Negative prompt: ${recipe.negative}`] : [];
  return [promptWithLoras(recipe), ...negative, settings.map(([name, value]) => `${name}: ${value}`).join(', ')].join('\n');
}

/** A1111 knows LoRAs by tags in the prompt, by the file's name; with two weights the first is that of the text encoder. */
function promptWithLoras({ prompt, loras }: Recipe): string {
  const tags = loras.map(({ file, weight, textWeight }) => {
    const name = file.replace(/^.*[/\\]/, '').replace(/\.safetensors$/, '');
    return `<lora:${name}:${textWeight === undefined ? '' : `${textWeight}:`}${weight}>`;
  });
  return [prompt, ...tags].filter((part) => part !== '').join(' ');
}

function quoted(value: string): string {
  return /[,:\n"]/.test(value) ? JSON.stringify(value) : value;
}

const setting = /\s*(\w[\w \-/]*?):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)/g;

/** Reads a `parameters` text; undefined when it has no settings line. */
export function readA1111Parameters(text: string): ImportedRecipe | undefined {
  const lines = text.slice(0, 200_000).trim().split(/\r?\n/);
  const last = lines.at(-1) ?? '';
  if (!/\bSteps: \d/.test(last)) return undefined;
  const body = lines.slice(0, -1);
  const negativeAt = body.findIndex((line) => line.startsWith('Negative prompt:'));
  const prompt = (negativeAt < 0 ? body : body.slice(0, negativeAt)).join('\n').trim();
  const negative = negativeAt < 0 ? undefined : body.slice(negativeAt).join('\n').slice('Negative prompt:'.length).trim();
  const values = new Map([...last.matchAll(setting)].map((match): [string, string] => [match[1] ?? '', unquote(match[2] ?? '')]));
  const recipe: Partial<RecipeInput> = { prompt, syntax: 'a1111', ...(negative ? { negative } : {}) };
  const unmatched: string[] = [];
  const names: { modelName?: string; modelHash?: string } = {};
  for (const [name, value] of values) {
    const part = fromSetting(name, value);
    if (part) Object.assign(recipe, part);
    else if (name === 'Model') names.modelName = value;
    else if (name === 'Model hash') names.modelHash = value;
    else if (name !== 'Version') unmatched.push(unmatchedEntry(name, value));
  }
  return { source: 'a1111', recipe, ...names, unmatched };
}

function unquote(value: string): string {
  if (!value.startsWith('"')) return value.trim();
  try {
    const text: unknown = JSON.parse(value);
    return typeof text === 'string' ? text : value;
  } catch {
    return value;
  }
}

/** The part of a recipe that one setting stands for, undefined when it stands for none or its value is out of bounds. */
function fromSetting(name: string, value: string): Partial<RecipeInput> | undefined {
  const wrap = <K extends keyof RecipeInput>(key: K, part: RecipeInput[K] | undefined): Partial<RecipeInput> | undefined =>
    part === undefined ? undefined : { [key]: part };
  switch (name) {
    case 'Steps':
      return wrap('steps', integerWithin(value, 1, 1000));
    case 'Sampler':
      return samplerFromA1111(value);
    case 'Schedule type':
      return wrap('schedule', scheduleFromA1111(value));
    case 'CFG scale':
      return wrap('guidance', numberWithin(value, 0, 50));
    case 'Seed':
      return wrap('seed', integerWithin(value, 0, Number.MAX_SAFE_INTEGER));
    case 'Clip skip': {
      const skip = integerWithin(value, 1, 12);
      return wrap('clipSkip', skip === undefined ? undefined : skip - 1);
    }
    case 'Size': {
      const [width, height] = value.split('x');
      return wrap('size', sizeWithin(width, height));
    }
    default:
      return undefined;
  }
}
