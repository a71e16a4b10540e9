import { samplerNames, type RecipeInput } from '../../contract/recipe.ts';
import { integerWithin, numberWithin, sizeWithin, unmatchedEntry, type ImportedRecipe } from './imported-recipe.ts';
import { isObject, jsonObject, own } from './json.ts';

const ignored: ReadonlySet<string> = new Set(['app_version', 'generation_mode', 'rand_device', 'canvas_v2_metadata']);

/** Reads InvokeAI's `invokeai_metadata` text. Its sampler names are ours. Undefined when it is not a JSON object with a prompt. */
export function readInvokeAiMetadata(text: string): ImportedRecipe | undefined {
  const metadata = jsonObject(text);
  const prompt = metadata && own(metadata, 'positive_prompt');
  if (!metadata || typeof prompt !== 'string') return undefined;
  const recipe: Partial<RecipeInput> = { prompt: prompt.slice(0, 20_000), syntax: 'compel' };
  const unmatched: string[] = [];
  let modelName: string | undefined;
  let modelHash: string | undefined;
  for (const [name, value] of Object.entries(metadata)) {
    if (value === null || ignored.has(name) || name === 'positive_prompt') continue;
    const part = fromEntry(name, value, metadata);
    if (part) {
      Object.assign(recipe, part);
    } else if (name === 'model' && isObject(value)) {
      modelName = stringOf(own(value, 'name') ?? own(value, 'model_name'));
      modelHash = stringOf(own(value, 'hash'));
    } else if (!(Array.isArray(value) && value.length === 0)) {
      unmatched.push(unmatchedEntry(name, value));
    }
  }
  const names = { ...(modelName === undefined ? {} : { modelName }), ...(modelHash === undefined ? {} : { modelHash }) };
  return { source: 'invokeai', recipe, ...names, unmatched };
}

function fromEntry(name: string, value: unknown, all: Readonly<Record<string, unknown>>): Partial<RecipeInput> | undefined {
  const entry = (key: keyof RecipeInput, part: unknown): Partial<RecipeInput> | undefined =>
    part === undefined ? undefined : { [key]: part };
  switch (name) {
    case 'negative_prompt':
      return typeof value === 'string' ? { negative: value.slice(0, 20_000) } : undefined;
    case 'width':
    case 'height':
      return entry('size', sizeWithin(own(all, 'width'), own(all, 'height')));
    case 'seed':
      return entry('seed', integerWithin(value, 0, Number.MAX_SAFE_INTEGER));
    case 'steps':
      return entry('steps', integerWithin(value, 1, 1000));
    case 'cfg_scale':
      return entry('guidance', numberWithin(value, 0, 50));
    case 'cfg_rescale_multiplier':
      return entry('guidanceRescale', numberWithin(value, 0, 1));
    case 'clip_skip':
      return entry('clipSkip', integerWithin(value, 0, 11));
    case 'scheduler':
      return entry(
        'sampler',
        samplerNames.find((sampler) => sampler === value),
      );
    case 'loras':
      return entry('loras', lorasOf(value));
    default:
      return undefined;
  }
}

function lorasOf(value: unknown): RecipeInput['loras'] {
  if (!Array.isArray(value)) return undefined;
  return value.slice(0, 16).flatMap((item: unknown) => {
    const model = isObject(item) ? (own(item, 'model') ?? own(item, 'lora')) : undefined;
    const file = isObject(model) ? stringOf(own(model, 'name') ?? own(model, 'model_name')) : undefined;
    const weight = isObject(item) ? numberWithin(own(item, 'weight'), -10, 10) : undefined;
    return file ? [{ file, weight: weight ?? 1 }] : [];
  });
}

function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, 500) : undefined;
}
