import type { ModelDescription } from '../../../models/checkpoint/types.ts';
import { AppError, errorData } from '../../contract/errors.ts';
import type { Plan } from '../../contract/reports.ts';
import { starterId, type Recipe } from '../../contract/recipe.ts';
import { composedParts } from '../../core/prompt/composable.ts';
import { planEncoding } from '../../core/prompt/encoding-plan.ts';
import { parsePrompt } from '../../core/prompt/parse-prompt.ts';
import { promptTexts, promptTimes } from '../../core/prompt/prompt-times.ts';
import { openAddOns } from '../adapters/add-ons.ts';
import type { DeviceMemory } from '../backends/backend.ts';
import type { AssetPaths } from '../engine-service.ts';
import { modelName } from '../model/model-name.ts';
import { loadTokenizers } from '../model/tokenizers.ts';
import { isTransparent } from './pictures.ts';
import { planJob, stepsToRun, type JobPlan } from './prepare.ts';
import { resolveSettings } from './settings.ts';

/** The device as far as it is known before anything is opened, why it is this one, and its memory where it is no part of this process. */
export interface ExpectedDevice {
  readonly device: string;
  readonly reason: string;
  readonly memory?: DeviceMemory | undefined;
}

/** What a job will be, before it runs: mode, steps, tokens, memory, and why it cannot run where it cannot. */
export async function planReport(
  recipe: Recipe,
  description: ModelDescription,
  expected: ExpectedDevice,
  assets: AssetPaths = {},
): Promise<Plan> {
  const settings = resolveSettings(recipe, description);
  const job = await attempt(async () => planJob(recipe, description, await openAddOns(recipe, description), { device: expected.memory }));
  const steps = stepsToRun(recipe, settings, description);
  const { moments } = promptTimes(promptTexts(recipe), recipe.syntax, steps);
  const [tokenizer] = [...(await loadTokenizers(description)).values()];
  // Of a prompt that changes, the longest reading counts.
  const count = (text: string) => {
    const plans = moments.map((moment) => planEncoding(parsePrompt(text, recipe.syntax, moment), tokenizer!));
    const lengths = plans.map(({ parts }) => {
      const blocks = parts.flatMap((part) => part.blocks);
      return blocks.reduce((sum, { ids }) => sum + Math.max(ids.indexOf(tokenizer!.endId, 1) - 1, 0), 0);
    });
    return { tokens: Math.max(...lengths), notes: [...new Set(plans.flatMap(({ notes }) => notes))] };
  };
  const prompt = count(recipe.prompt);
  const negative = count(recipe.negative ?? '');
  return {
    mode: await modeOf(recipe, assets),
    model: recipe.model === starterId ? 'Starter model' : modelName(recipe.model),
    family: description.family,
    device: expected.device,
    deviceReason: expected.reason,
    width: settings.width,
    height: settings.height,
    sampler: settings.sampler,
    steps,
    guidance: settings.guidance,
    promptTokens: prompt.tokens,
    negativeTokens: negative.tokens,
    tokensPerChunk: (tokenizer?.maxLength ?? 77) - 2,
    seconds: null,
    peakBytes: job.value?.memory.peakBytes ?? 0,
    memory: (job.value?.memory.parts ?? []).map(({ part, bytes }) => ({ part, bytes: Math.round(bytes) })),
    notes: [
      ...(job.value?.notes ?? []),
      ...composedNotes(recipe),
      ...editingNotes(moments.length),
      ...inpaintNotes(recipe),
      ...prompt.notes,
      ...negative.notes,
    ],
    refusal: job.error ? errorData(job.error) : null,
  };
}

/** What is transparent in the start picture is drawn: outpainting. Pictures that are not there yet are judged by the infill. */
async function modeOf({ image, inpaint }: Recipe, assets: AssetPaths): Promise<Plan['mode']> {
  if (!image) return 'text to image';
  const isThere = Boolean(assets[image.picture]);
  const isOutpaint = isThere ? await isTransparent(image.picture, assets) : inpaint !== undefined && inpaint.infill !== 'none';
  if (isOutpaint) return 'outpaint';
  return inpaint?.mask || inpaint?.moreMasks?.length ? 'inpaint' : 'image to image';
}

function composedNotes({ prompt, syntax }: Recipe): string[] {
  const { length } = composedParts(parsePrompt(prompt, syntax));
  if (length === 1) return [];
  return [`Each of the ${length} prompts joined by AND has a prediction of its own: a step takes about ${(length + 1) / 2} times as long.`];
}

function editingNotes(readings: number): string[] {
  return readings === 1 ? [] : [`The prompts change while the steps run: ${readings} readings.`];
}

function inpaintNotes({ image, inpaint }: Recipe): string[] {
  if (inpaint && !image) return ['Inpainting has no effect without a start picture.'];
  return inpaint?.focus ? ['Only the surroundings of the mask are drawn; size and memory here are those of the whole frame.'] : [];
}

async function attempt(run: () => Promise<JobPlan>): Promise<{ readonly value?: JobPlan; readonly error?: AppError }> {
  try {
    return { value: await run() };
  } catch (error) {
    if (error instanceof AppError) return { error };
    throw error;
  }
}
