import { addLayers, createStack, type AttentionStack } from '../../../kernels/attention/stack/stack.ts';
import type { AttentionLayer, RegionalLayer, StepRange } from '../../../kernels/attention/stack/layers.ts';
import type { Recipe, RecipeRegion } from '../../contract/recipe.ts';
import { coverageRemarks } from '../../core/regions/coverage.ts';
import { feather } from '../../core/regions/feather.ts';
import { complement, resizeArea, resizeHard, type Grid, type RegionMask } from '../../core/regions/mask.ts';
import type { LayerMask } from '../attention/stack-inputs.ts';
import type { AssetPaths } from '../engine-service.ts';
import { zeroSide, type EncodedSide } from '../pipeline/conditioning.ts';
import { joinTokens } from '../pipeline/text.ts';
import { readMask } from './pictures.ts';
import { encodeParts, encodePrompt, type EncodedPart, type EncodedPrompt, type PromptOptions } from './prompts.ts';
import type { Settings } from './settings.ts';

export interface SideOptions {
  readonly recipe: Recipe;
  readonly settings: Settings;
  readonly assets: AssetPaths;
  /** Size of the latents. */
  readonly latents: Grid;
  readonly hasNegative: boolean;
  readonly prompts: PromptOptions;
}

/** A positive side, and the weight of its prediction among those joined by AND. */
export interface PositiveSide extends EncodedSide {
  readonly weight: number;
}

/** Both sides of guidance as the prompts read at one moment. */
export interface SideTexts {
  /** One, or one for each of the prompts joined by AND. */
  readonly positive: readonly PositiveSide[];
  readonly negative?: EncodedSide;
}

/** Both sides of guidance with the prompts of all regions, and the layers that keep each prompt in its place. */
export interface Sides extends SideTexts {
  /** At each moment of the prompts, the first of which is that of the sides themselves; in all of them tokens lie at the same places. */
  readonly moments: readonly SideTexts[];
  readonly stack: AttentionStack;
  readonly masks: ReadonlyMap<string, LayerMask>;
  /** Of all regions in their order, also of those without a prompt. */
  readonly regionMasks: readonly LayerMask[];
  readonly notes: readonly string[];
}

/** One prompt of a side before it is encoded. */
interface Prompt {
  readonly id: string;
  readonly text: string;
  readonly mask?: LayerMask;
  readonly strength: number;
  readonly isolate: boolean;
  readonly range: StepRange;
  /** Index of the region whose prompt it is: its LoRAs act in the text encoders too. */
  readonly region?: number;
}

interface PlacedRegion {
  readonly region: RecipeRegion;
  /** At the picture's size. */
  readonly painted: RegionMask;
  readonly mask: LayerMask;
}

/** Encodes the prompts of the recipe and of its regions. Notes say what does not act or is easily missed. */
export async function encodeSides(options: SideOptions): Promise<Sides> {
  const { recipe, hasNegative } = options;
  const regions = await placeRegions(options);
  const notes = coverageRemarks(regions.map(({ region, painted }, i) => ({ name: region.name || `Region ${i + 1}`, mask: painted })), true); // prettier-ignore
  const positive = await encodePositive(regions, options, hasNegative ? 1 : 0);
  const negative = hasNegative ? await encodeNegative(regions, positive.moments[0]![0]!, options) : undefined;
  const moments = positive.moments.map((sides, i): SideTexts => ({
    positive: sides,
    ...(negative && { negative: negative.moments[i] ?? negative.moments[0]! }),
  }));
  const [first] = moments as [SideTexts];
  const lengths = [...(first.negative ? [first.negative] : []), ...first.positive].map((side) => side.tokens.shape[1]!);
  const layers = [...(negative?.layers ?? []), ...positive.layers, ...paddingLayer(lengths)];
  if (recipe.capture) layers.push({ kind: 'capture', id: 'capture' });
  const isPlain = regions.length === 0 && !recipe.capture;
  return {
    ...first,
    moments,
    stack: addLayers(createStack(recipe.engine.attention), isPlain ? layers.filter((layer) => layer.kind === 'padding') : layers),
    masks: new Map([...(negative?.masks ?? []), ...positive.masks]),
    regionMasks: regions.map(({ mask }) => mask),
    notes: [...notes.map((remark) => remark.message), ...positive.notes, ...(negative?.notes ?? [])],
  };
}

/** The regions' masks at latent size: hard ones are decided there, soft ones keep their edges. */
async function placeRegions({ recipe, settings, assets, latents }: SideOptions): Promise<PlacedRegion[]> {
  const placed: PlacedRegion[] = [];
  for (const region of recipe.regions) {
    const painted = await readMask(region.mask, assets, settings);
    const isSoft = region.feather > 0;
    const mask = isSoft ? resizeArea(feather(painted, region.feather), latents) : resizeHard(painted, latents);
    placed.push({ region, painted, mask: { mask, isSoft } });
  }
  return placed;
}

function regionPrompts(regions: readonly PlacedRegion[]): Prompt[] {
  const local = regions.map(({ region, mask }, i): Prompt => ({
    ...traits(region),
    id: `region ${i + 1}`,
    text: region.prompt,
    mask,
    region: i,
  }));
  return local.filter(({ text }) => text.trim() !== '');
}

function negativePrompts(text: string, regions: readonly PlacedRegion[]): Prompt[] {
  const local = regions.flatMap(({ region, mask }, i): Prompt[] => [
    { ...traits(region), id: `negative of region ${i + 1}`, text: region.negative, mask, region: i },
    {
      ...everywhere,
      range: region.range,
      id: `automatic negative of region ${i + 1}`,
      text: region.autoNegative ? region.prompt : '',
      mask: { ...mask, mask: complement(mask.mask) },
      region: i,
    },
  ]);
  return [{ ...everywhere, id: 'negative prompt', text }, ...local.filter((prompt) => prompt.text.trim() !== '')];
}

const everywhere = { strength: 1, isolate: false, range: [0, 1] as const };

function traits({ strength, isolate, range }: RecipeRegion) {
  return { strength, isolate, range };
}

async function encodeNegative(regions: readonly PlacedRegion[], positive: EncodedSide, options: SideOptions): Promise<EncodedPrompts> {
  const { recipe, prompts } = options;
  const isZero = recipe.negative === undefined && regions.length === 0 && prompts.model.description.forceZerosForEmptyPrompt;
  if (isZero) return { moments: [zeroSide(positive)], layers: [], masks: new Map(), notes: [] };
  return encodeSide(negativePrompts(recipe.negative ?? '', regions), options, 0);
}

/** Prompts of one side, encoded, and what keeps them in their places. */
interface EncodedPrompts {
  /** At each moment; one for all where the side never changes. */
  readonly moments: readonly EncodedSide[];
  readonly layers: readonly RegionalLayer[];
  readonly masks: ReadonlyMap<string, LayerMask>;
  readonly notes: readonly string[];
}

/** Encodes the prompts of one side and joins them along the tokens. SDXL's pooled vector is that of the prompt that is seen everywhere. */
async function encodeSide(prompts: readonly Prompt[], options: SideOptions, row: number): Promise<EncodedPrompts> {
  const encoded = await encodeAll(prompts, options);
  return {
    moments: encoded[0]!.moments.map(({ pooled }, i) => ({ tokens: joinTokens(encoded.map(({ moments }) => moments[i]!.tokens)), pooled })),
    layers: placeLayers(prompts, encoded, { rows: [row], first: 0 }),
    masks: masksOf(prompts),
    notes: encoded.flatMap(({ notes }) => notes),
  };
}

interface EncodedPositive extends Omit<EncodedPrompts, 'moments'> {
  readonly moments: readonly (readonly PositiveSide[])[];
}

/**
 * A row for each of the prompts joined by AND, every one with the prompts of all regions. With several rows the regions come first, so that
 * they lie at the same tokens in all of them.
 */
async function encodePositive(regions: readonly PlacedRegion[], options: SideOptions, row: number): Promise<EncodedPositive> {
  const local = regionPrompts(regions);
  const parts = await encodeParts(options.recipe.prompt, options.prompts);
  const encoded = await encodeAll(local, options);
  const isOne = parts.length === 1;
  const length = (list: readonly EncodedPrompt[]) => list.reduce((sum, { tokens }) => sum + tokens.shape[1]!, 0);
  const main = (part: EncodedPart, i: number) =>
    placeLayers([{ ...everywhere, id: isOne ? 'prompt' : `prompt ${i + 1}`, text: '' }], [part], {
      rows: [row + i],
      first: isOne ? 0 : length(encoded),
    });
  const places = { rows: parts.map((_, i) => row + i), first: isOne ? length(parts) : 0 };
  return {
    moments: options.prompts.moments.map((_, at) => {
      const joined = encoded.map(({ moments }) => moments[at]!.tokens);
      return parts.map(({ moments, weight }): PositiveSide => {
        const { tokens, pooled } = moments[at]!;
        return { tokens: joinTokens(isOne ? [tokens, ...joined] : [...joined, tokens]), pooled, weight };
      });
    }),
    layers: [...parts.flatMap(main), ...placeLayers(local, encoded, places)],
    masks: masksOf(local),
    notes: [...parts, ...encoded].flatMap(({ notes }) => notes),
  };
}

async function encodeAll(prompts: readonly Prompt[], { prompts: options }: SideOptions): Promise<EncodedPrompt[]> {
  const encoded: EncodedPrompt[] = [];
  for (const prompt of prompts) encoded.push(await encodePrompt(prompt.text, options, prompt.region));
  return encoded;
}

/** Layers of prompts that lie one behind the other from a token on. */
function placeLayers(
  prompts: readonly Prompt[],
  encoded: readonly EncodedPrompt[],
  { rows, first }: { readonly rows: readonly number[]; readonly first: number },
): RegionalLayer[] {
  let start = first;
  return prompts.map(({ id, mask, strength, isolate, range }, i): RegionalLayer => {
    const end = start + encoded[i]!.tokens.shape[1]!;
    const layer = { kind: 'regional' as const, id, rows, start, end, hasMask: mask !== undefined, strength, isolate, range };
    start = end;
    return layer;
  });
}

function masksOf(prompts: readonly Prompt[]): ReadonlyMap<string, LayerMask> {
  return new Map(prompts.flatMap(({ id, mask }) => (mask ? [[id, mask] as const] : [])));
}

/** Hides the zeros that a shorter side is filled with. */
function paddingLayer(lengths: readonly number[]): AttentionLayer[] {
  return new Set(lengths).size > 1 ? [{ kind: 'padding', id: 'padding', lengths }] : [];
}

/** A mask of the picture as the model's start takes it: 1 where to redraw, at the frame's size. */
export function hardMask({ height, width, data }: RegionMask): RegionMask {
  return { height, width, data: data.map((value) => (value < 0.5 ? 0 : 1)) }; // prettier-ignore
}
