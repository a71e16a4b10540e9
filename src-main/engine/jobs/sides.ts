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
import { encodePrompt, type EncodedPrompt, type PromptOptions } from './prompts.ts';
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

/** Both sides of guidance with the prompts of all regions, and the layers that keep each prompt in its place. */
export interface Sides {
  readonly positive: EncodedSide;
  readonly negative?: EncodedSide;
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
  const positive = await encodeSide(positivePrompts(recipe, regions), options, hasNegative ? 1 : 0);
  const negative = hasNegative ? await encodeNegative(regions, positive.side, options) : undefined;
  const lengths = [negative?.side, positive.side].filter((side) => side !== undefined).map((side) => side.tokens.shape[1]!);
  const layers = [...(negative?.layers ?? []), ...positive.layers, ...paddingLayer(lengths)];
  if (recipe.capture) layers.push({ kind: 'capture', id: 'capture' });
  const isPlain = regions.length === 0 && !recipe.capture;
  return {
    positive: positive.side,
    ...(negative && { negative: negative.side }),
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

function positivePrompts({ prompt }: Recipe, regions: readonly PlacedRegion[]): Prompt[] {
  const local = regions.map(({ region, mask }, i): Prompt => ({
    ...traits(region),
    id: `region ${i + 1}`,
    text: region.prompt,
    mask,
    region: i,
  }));
  return [{ ...everywhere, id: 'prompt', text: prompt }, ...local.filter(({ text }) => text.trim() !== '')];
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
  if (isZero) return { side: zeroSide(positive), layers: [], masks: new Map(), notes: [] };
  return encodeSide(negativePrompts(recipe.negative ?? '', regions), options, 0);
}

interface EncodedPrompts {
  readonly side: EncodedSide;
  readonly layers: readonly RegionalLayer[];
  readonly masks: ReadonlyMap<string, LayerMask>;
  readonly notes: readonly string[];
}

/** Encodes the prompts of one side and joins them along the tokens. SDXL's pooled vector is that of the prompt that is seen everywhere. */
async function encodeSide(prompts: readonly Prompt[], options: SideOptions, row: number): Promise<EncodedPrompts> {
  const encoded: EncodedPrompt[] = [];
  for (const prompt of prompts) encoded.push(await encodePrompt(prompt.text, options.prompts, prompt.region));
  let start = 0;
  const layers = prompts.map(({ id, mask, strength, isolate, range }, i): RegionalLayer => {
    const end = start + encoded[i]!.tokens.shape[1]!;
    const layer = { kind: 'regional' as const, id, rows: [row], start, end, hasMask: mask !== undefined, strength, isolate, range };
    start = end;
    return layer;
  });
  return {
    side: { tokens: joinTokens(encoded.map(({ tokens }) => tokens)), pooled: encoded[0]!.pooled },
    layers,
    masks: new Map(prompts.flatMap(({ id, mask }) => (mask ? [[id, mask] as const] : []))),
    notes: encoded.flatMap(({ notes }) => notes),
  };
}

/** Hides the zeros that a shorter side is filled with. */
function paddingLayer(lengths: readonly number[]): AttentionLayer[] {
  return new Set(lengths).size > 1 ? [{ kind: 'padding', id: 'padding', lengths }] : [];
}

/** A mask of the picture as the model's start takes it: 1 where to redraw, at the frame's size. */
export function hardMask({ height, width, data }: RegionMask): RegionMask {
  return { height, width, data: data.map((value) => (value < 0.5 ? 0 : 1)) }; // prettier-ignore
}
