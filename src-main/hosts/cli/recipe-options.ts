import { infillMethods, precisions, promptSyntaxes, samplerNames, type RecipeInput } from '../../contract/recipe.ts';
import { parseControl, parseEmbedding, parseLora, parseReference } from './guide-options.ts';
import { parseMask } from './mask-option.ts';
import { bytesOption, choiceOption, numberOption, UsageError } from './usage.ts';

/** The options of `generate` that make a recipe, as node:util wants them. */
export const recipeOptions = {
  negative: { type: 'string' },
  model: { type: 'string' },
  size: { type: 'string' },
  steps: { type: 'string' },
  guidance: { type: 'string' },
  sampler: { type: 'string' },
  schedule: { type: 'string' },
  seed: { type: 'string' },
  syntax: { type: 'string' },
  'clip-skip': { type: 'string' },
  image: { type: 'string' },
  strength: { type: 'string' },
  mask: { type: 'string' },
  feather: { type: 'string' },
  grow: { type: 'string' },
  infill: { type: 'string' },
  focus: { type: 'boolean' },
  region: { type: 'string', multiple: true },
  control: { type: 'string', multiple: true },
  reference: { type: 'string', multiple: true },
  lora: { type: 'string', multiple: true },
  embedding: { type: 'string', multiple: true },
  device: { type: 'string' },
  attention: { type: 'string' },
  precision: { type: 'string' },
  'max-memory': { type: 'string' },
} as const;

type OptionName = keyof typeof recipeOptions;
export type RecipeOptionValues = {
  readonly [Name in OptionName]?: (typeof recipeOptions)[Name] extends { multiple: true }
    ? string[]
    : (typeof recipeOptions)[Name] extends { type: 'boolean' }
      ? boolean
      : string;
};

export const deviceChoices = ['auto', 'cpu', 'gpu'] as const;
const schedules = ['default', 'karras', 'exponential', 'beta', 'sgm_uniform', 'ays'] as const;

/**
 * Puts the options over a base recipe (empty, or that of `--recipe`). Pictures stay file names here.
 * @throws UsageError
 */
export function applyRecipeOptions(
  base: Partial<RecipeInput>,
  prompt: string | undefined,
  options: RecipeOptionValues,
): Partial<RecipeInput> {
  const recipe: Partial<RecipeInput> = { ...base };
  if (prompt !== undefined) recipe.prompt = prompt;
  if (options.negative !== undefined) recipe.negative = options.negative;
  if (options.model !== undefined) {
    recipe.model = options.model;
    delete recipe.modelSha256;
  }
  if (options.size !== undefined) recipe.size = parseSize(options.size);
  if (options.steps !== undefined) recipe.steps = numberOption('--steps', options.steps, { min: 1, max: 1000, isWhole: true });
  if (options.guidance !== undefined) recipe.guidance = numberOption('--guidance', options.guidance, { min: 0, max: 50 });
  if (options.sampler !== undefined) recipe.sampler = choiceOption('--sampler', options.sampler, samplerNames);
  if (options.schedule !== undefined) recipe.schedule = choiceOption('--schedule', options.schedule, schedules);
  if (options.seed !== undefined)
    recipe.seed = numberOption('--seed', options.seed, { min: 0, max: Number.MAX_SAFE_INTEGER, isWhole: true });
  if (options.syntax !== undefined) recipe.syntax = choiceOption('--syntax', options.syntax, promptSyntaxes);
  if (options['clip-skip'] !== undefined)
    recipe.clipSkip = numberOption('--clip-skip', options['clip-skip'], { min: 0, max: 11, isWhole: true });
  if (options.region) recipe.regions = options.region.map(parseRegion);
  if (options.control) recipe.controls = options.control.map(parseControl);
  if (options.reference) recipe.references = options.reference.map(parseReference);
  if (options.lora) recipe.loras = options.lora.map(parseLora);
  if (options.embedding) recipe.embeddings = options.embedding.map(parseEmbedding);
  return { ...recipe, ...imageOptions(recipe, options), engine: engineOptions(recipe.engine ?? {}, options) };
}

function imageOptions(recipe: Partial<RecipeInput>, options: RecipeOptionValues): Partial<RecipeInput> {
  const changed: Partial<RecipeInput> = {};
  const strength = options.strength === undefined ? undefined : numberOption('--strength', options.strength, { min: 0, max: 1 });
  const picture = options.image ?? recipe.image?.picture;
  if (picture === undefined) {
    if (strength !== undefined) throw new UsageError('--strength says how much of a start picture changes; name one with --image.');
    if (options.mask !== undefined) throw new UsageError('--mask says what to paint anew in a picture; name one with --image.');
    return changed;
  }
  const kept = strength ?? recipe.image?.strength;
  changed.image = { picture, ...(kept === undefined ? {} : { strength: kept }) };
  const mask = options.mask === undefined ? recipe.inpaint?.mask : parseMask(options.mask);
  const inpaint = inpaintOptions(options);
  if (mask !== undefined || Object.keys(inpaint).length > 0) {
    changed.inpaint = { ...recipe.inpaint, ...inpaint, ...(mask === undefined ? {} : { mask }) };
  }
  return changed;
}

function inpaintOptions({ feather, grow, infill, focus }: RecipeOptionValues): Partial<NonNullable<RecipeInput['inpaint']>> {
  return {
    ...(feather === undefined ? {} : { feather: numberOption('--feather', feather, { min: 0, max: 512 }) }),
    ...(grow === undefined ? {} : { grow: numberOption('--grow', grow, { min: -512, max: 512, isWhole: true }) }),
    ...(infill === undefined ? {} : { infill: choiceOption('--infill', infill, infillMethods) }),
    ...(focus === undefined ? {} : { focus }),
  };
}

function engineOptions(base: NonNullable<RecipeInput['engine']>, options: RecipeOptionValues): NonNullable<RecipeInput['engine']> {
  return {
    ...base,
    ...(options.device === undefined ? {} : { device: choiceOption('--device', options.device, deviceChoices) }),
    ...(options.attention === undefined ? {} : { attention: options.attention }),
    ...(options.precision === undefined ? {} : { precision: choiceOption('--precision', options.precision, precisions) }),
    ...(options['max-memory'] === undefined ? {} : { maxMemoryBytes: bytesOption('--max-memory', options['max-memory']) }),
  };
}

function parseSize(text: string): { width: number; height: number } {
  const match = /^(\d+)[x×](\d+)$/i.exec(text.trim());
  if (!match) throw new UsageError(`--size must look like 512x512; found "${text}".`);
  return { width: Number(match[1]), height: Number(match[2]) };
}

type RegionInput = NonNullable<RecipeInput['regions']>[number];

/** `MASK.png : PROMPT` or `x,y,w,h : PROMPT : NEGATIVE`; the colons that part stand between spaces. */
export function parseRegion(text: string): RegionInput {
  const [mask, prompt, negative, ...rest] = text.split(/\s+:\s+/);
  if (mask === undefined || mask.trim() === '' || prompt === undefined || rest.length > 0) {
    throw new UsageError(
      `--region must look like "MASK.png : PROMPT" or "x,y,width,height : PROMPT : NEGATIVE", with spaces around the colons; found "${text}".`,
    );
  }
  return { mask: parseMask(mask), prompt: prompt.trim(), ...(negative === undefined ? {} : { negative: negative.trim() }) };
}
