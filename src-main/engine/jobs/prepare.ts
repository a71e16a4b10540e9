import type { Recipe } from '../../contract/recipe.ts';
import type { AssetPaths } from '../engine-service.ts';
import type { LoadedModel } from '../model/loaded-model.ts';
import type { Grid } from '../../core/regions/mask.ts';
import { addLayers, createStack } from '../../../kernels/attention/stack/stack.ts';
import { noAddOns, type AddOns } from '../adapters/add-ons.ts';
import { loraNotes } from '../adapters/lora/open-loras.ts';
import { prepareText } from './text-layers.ts';
import { planMemory, type MemoryPlan, type MemoryRequest } from './memory.ts';
import { plannedReferences } from './references.ts';
import type { Guidance } from '../../core/samplers/guidance.ts';
import { composedParts, requireOnePrediction } from '../../core/prompt/composable.ts';
import { parsePrompt } from '../../core/prompt/parse-prompt.ts';
import { promptTexts, promptTimes, type PromptTimes } from '../../core/prompt/prompt-times.ts';
import { startIndex } from '../pipeline/start.ts';
import { vocabularyNotes } from './vocabulary.ts';
import { resolveSettings, startSampler, usesGuidance, type Settings } from './settings.ts';
import { encodeSides, type Sides } from './sides.ts';
import type { ModelDescription } from '../../../models/checkpoint/types.ts';

export interface JobPlan {
  readonly settings: Settings;
  readonly latents: Grid;
  /** How the sides are combined; absent where the positive one runs alone. */
  readonly guidance: Guidance | undefined;
  readonly hasNegative: boolean;
  /** Rows of the UNet's batch: the negative side, and each of the prompts joined by AND. */
  readonly batch: number;
  /** When the prompts change while the steps run. */
  readonly times: PromptTimes;
  readonly memory: MemoryPlan;
  /** What was chosen or does not act, as sentences. */
  readonly notes: readonly string[];
}

/** Where a job is to be drawn, as far as memory goes. */
export type PlanDevice = Pick<MemoryRequest, 'device' | 'isLean'>;

/** Everything that can be decided from the recipe and the model's headers. Throws AppError where the job cannot run. */
export function planJob(recipe: Recipe, description: ModelDescription, addOns: AddOns = noAddOns, on: PlanDevice = {}): JobPlan {
  const settings = resolveSettings(recipe, description);
  requireOnePrediction(recipe);
  const factor = description.vaeFactor;
  const parts = composedParts(parsePrompt(recipe.prompt, recipe.syntax)).length;
  const guidance = guidanceOf(settings, description, parts);
  const hasNegative = guidance !== undefined;
  const batch = parts + (hasNegative ? 1 : 0);
  const prompts = 1 + recipe.regions.length;
  const memory = planMemory({
    description,
    settings,
    batch,
    textLength: 77 * prompts,
    stack: addLayers(createStack(recipe.engine.attention), plannedReferences(addOns, recipe, description)),
    addOns,
    precision: recipe.engine.precision,
    limitBytes: recipe.engine.maxMemoryBytes ?? undefined,
    ...on,
  });
  const latents = { height: settings.height / factor, width: settings.width / factor };
  const steps = stepsToRun(recipe, settings, description);
  const times = promptTimes(promptTexts(recipe), recipe.syntax, steps);
  const notes = [
    ...memory.notes,
    ...precisionNotes(recipe, on),
    ...loraNotes(addOns.loras),
    ...vocabularyNotes(recipe, description, addOns, steps),
  ];
  return { settings, latents, guidance, hasNegative, batch, times, memory, notes };
}

/** Steps that will run: fewer than asked for where the strength is below 1. */
export function stepsToRun({ image }: Recipe, settings: Settings, description: ModelDescription): number {
  const { timesteps, order } = startSampler(settings, description);
  const calls = timesteps.length - (image ? startIndex(settings.steps, image.strength, order) : 0);
  return Math.ceil(calls / order);
}

function precisionNotes({ engine }: Recipe, { device }: PlanDevice): string[] {
  return engine.precision === 'fast' && device ? ['Fast precision is for the CPU: the GPU computes as always.'] : [];
}

/** Prompts joined by AND are summed around the negative side, which they need whatever the guidance. */
function guidanceOf(settings: Settings, description: ModelDescription, parts: number): Guidance | undefined {
  if (usesGuidance(settings, description)) return { scale: settings.guidance, rescale: settings.guidanceRescale };
  return parts > 1 ? { scale: 1, rescale: 0 } : undefined;
}

/** Encodes the recipe's prompts; the text encoders are given back afterwards where the memory plan says so. */
export async function prepareSides(recipe: Recipe, plan: JobPlan, model: LoadedModel, assets: AssetPaths, addOns: AddOns): Promise<Sides> {
  const { settings, latents, hasNegative, times, memory } = plan;
  const { tokenizers, layers } = await prepareText(model, addOns);
  const prompts = { model, tokenizers, layers, syntax: recipe.syntax, moments: times.moments, clipSkip: settings.clipSkip };
  const sides = await encodeSides({ recipe, settings, assets, latents, hasNegative, prompts });
  if (memory.inTurn) for (const encoder of model.textEncoders) await model.release(encoder);
  return sides;
}

/** Grids of the cross-attentions: the latent's size, halved and rounded up level by level. */
export function crossAttentionGrids(model: LoadedModel, latents: Grid): Grid[] {
  const { downBlocks, upBlocks, midBlock } = model.unetConfig;
  const last = downBlocks.length - 1;
  const grids: Grid[] = [];
  let grid = latents;
  downBlocks.forEach((kind, level) => {
    const isCross = kind === 'cross' || upBlocks[last - level] === 'cross' || (level === last && midBlock === 'cross');
    if (isCross) grids.push(grid);
    grid = { height: Math.ceil(grid.height / 2), width: Math.ceil(grid.width / 2) };
  });
  return grids;
}
