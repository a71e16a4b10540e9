import { floatTensor, type FloatTensor, type Tensor } from '../../../kernels/tensor.ts';
import type { Recipe } from '../../contract/recipe.ts';
import { AppError } from '../../contract/errors.ts';
import { latentLevels } from '../../core/inpaint/levels.ts';
import { createNoiseSource } from '../../core/random/create-noise-source.ts';
import type { Grid } from '../../core/regions/mask.ts';
import type { Sampler } from '../../core/samplers/sampler.ts';
import { stepNoise } from '../../core/samplers/step-noise.ts';
import { addOnNames, checkAddOns, openAddOns, type AddOns } from '../adapters/add-ons.ts';
import { resolveRecipe, withModelHash } from '../adapters/resolve-recipe.ts';
import { controlInputs, prepareControls } from '../adapters/control/controls.ts';
import { CaptureRecorder } from '../attention/capture.ts';
import { fixedStackInputs, stepStackInputs, type StackJob } from '../attention/stack-inputs.ts';
import type { AssetPaths, GeneratedPicture, WorkHooks } from '../engine-service.ts';
import type { LoadedModel } from '../model/loaded-model.ts';
import { buildConditioning } from '../pipeline/conditioning.ts';
import { denoise } from '../pipeline/denoise.ts';
import { followPrompts } from '../pipeline/follow-prompts.ts';
import { decodeLatents, unscaleLatents } from '../pipeline/latents.ts';
import { picturePixels, pictureTensor, type Pixels } from '../pipeline/pixels.ts';
import { createPredictor, type Predictor } from '../pipeline/predict.ts';
import { prepareStart, type StartOptions } from '../pipeline/start.ts';
import { tiled } from '../pipeline/tiles.ts';
import { namingDamage, requireFinitePicture } from './damage.ts';
import { prepareGuides, type Guides } from './guides.ts';
import { unetLoras } from './loras.ts';
import { finishPicture, previewFrame, readStart, type StartPixels } from './inpaint.ts';
import { crossAttentionGrids, planJob, prepareSides, type JobPlan } from './prepare.ts';
import { previewOf } from './preview.ts';
import { completeRecipe, startSampler } from './settings.ts';
import { hardMask, type Sides, type SideTexts } from './sides.ts';

export interface GenerateOptions {
  readonly recipe: Recipe;
  readonly assets: AssetPaths;
  readonly model: LoadedModel;
  readonly hooks: WorkHooks;
  /** Takes as little memory as it can. */
  readonly isLean?: boolean;
}

/** Draws one picture: prompts, start, steps, decoding. */
export function generate(options: GenerateOptions): Promise<GeneratedPicture> {
  return namingDamage(options.model, () => drawPicture(options));
}

async function drawPicture({ recipe, assets, model, hooks, isLean = false }: GenerateOptions): Promise<GeneratedPicture> {
  const startedAt = performance.now();
  const addOns = await openAddOns(recipe, model.description);
  const start = await readStart(recipe, assets, model.description);
  const plan = planFrame(
    planJob(withSize(recipe, start.frame), model.description, addOns, { device: model.backend.memory, isLean }),
    start,
  );
  await checkAddOns(addOns, () => hooks.checkpoint());
  const resolved = await resolveRecipe(recipe, addOns);
  // Read while the picture is drawn. A file that goes away meanwhile costs the hash, not the picture.
  const hashed = withModelHash(resolved, model.description).catch(() => resolved);
  await model.keepAddOns(addOnNames(addOns));
  hooks.progress({ stage: 'Reading the prompt', step: 0, steps: 1 });
  await hooks.checkpoint();
  const sides = await prepareSides(recipe, plan, model, assets, addOns);
  await hooks.checkpoint();
  const guides = await prepareGuides({ recipe, assets, model }, plan, sides, addOns);
  const recorder = recipe.capture
    ? new CaptureRecorder(guides.stack, crossAttentionGrids(model, plan.latents), sides.negative ? 1 : 0)
    : undefined;
  const latents = await draw({ recipe, assets, model, hooks }, plan, { sides, guides, addOns, start, ...(recorder && { recorder }) });
  hooks.progress({ stage: 'Decoding the picture', step: 0, steps: 1 });
  await hooks.checkpoint();
  const pixels = await finishPicture(await decode(model, plan, latents), start);
  const whole = await hashed;
  return {
    width: pixels.width,
    height: pixels.height,
    rgb: pixels.data,
    recipe: completeRecipe(whole.recipe, plan.settings),
    seconds: (performance.now() - startedAt) / 1000,
    // What a graphics card holds is not counted by the process.
    peakBytes: { predicted: plan.memory.peakBytes, measured: model.backend.memory ? null : process.resourceUsage().maxRSS * 1024 },
    device: model.backend.device,
    warnings: [...model.description.notes, ...whole.notes, ...plan.notes, ...sides.notes, ...guides.notes],
    capture: recorder?.info ?? null,
    captureValues: recorder?.values ?? null,
  };
}

/** The denoised latents [1, C, h, w]. */
async function draw(options: GenerateOptions, plan: JobPlan, job: JobParts): Promise<FloatTensor> {
  const { recipe, model, hooks } = options;
  const { settings, latents, memory } = plan;
  const sampler = startSampler(settings, model.description);
  const shape = [1, model.vaeConfig.latentChannels, latents.height, latents.width] as const;
  const source = createNoiseSource(recipe.noise, recipe.seed);
  const start = await prepareStart({
    ...startPicture(recipe, job.start, latents),
    model,
    sampler,
    steps: settings.steps,
    noise: source,
    shape,
    tile: memory.tile,
  });
  if (memory.inTurn) await model.release('vae');
  hooks.progress({ stage: 'Loading the model', step: 0, steps: 1 });
  await hooks.checkpoint();
  const parts = { ...job, sampler, first: start.index, ...(start.beside && { beside: start.beside }) };
  const predict = await followPrompts({
    at: (index) => plan.times.at[Math.floor((index - start.index) / sampler.order)] ?? 0,
    predictor: (moment) => predictor(options, plan, { ...parts, texts: job.sides.moments[moment]! }),
  });
  const { recorder } = job;
  const steps = sampler.timesteps.length - start.index;
  hooks.progress({ stage: 'Drawing', step: 0, steps });
  const run = { sampler, start: start.index, latents: start.latents, shape, predict, noise: stepNoise(source, recipe.seed) };
  const framed = hooks.hasPreviews === false ? undefined : await previewFrame(job.start);
  let result = start.latents;
  for await (const step of denoise(start.restore ? { ...run, restore: start.restore } : run)) {
    result = step.latents;
    checkFinite(result, step.index);
    const drawn = framed && (await previewOf(model, step.estimate, shape));
    const preview = drawn && (await framed(drawn));
    const capture = recorder && { info: recorder.lastInfo, values: recorder.last };
    const done = step.index - start.index + 1;
    hooks.progress({ stage: 'Drawing', step: done, steps, ...(preview && { preview }), ...(capture && { capture }) });
    await hooks.checkpoint();
  }
  if (memory.inTurn) {
    await model.release('unet');
    await model.keepAddOns(new Set());
  }
  return floatTensor(shape, result);
}

/** What the steps work with, made once. */
interface JobParts {
  readonly sides: Sides;
  readonly guides: Guides;
  readonly addOns: AddOns;
  readonly start: StartPixels;
  readonly recorder?: CaptureRecorder;
}

interface PredictorParts extends JobParts {
  /** The sides as the prompts read at the moment. */
  readonly texts: SideTexts;
  readonly sampler: Sampler;
  /** First call of the model. */
  readonly first: number;
  readonly beside?: FloatTensor;
}

async function predictor({ recipe, model }: GenerateOptions, plan: JobPlan, parts: PredictorParts): Promise<Predictor> {
  const { sides, texts, guides, addOns, sampler, first, beside, recorder } = parts;
  const { settings, latents } = plan;
  const size = [settings.height, settings.width] as const;
  const prompts = buildConditioning(model, {
    ...texts,
    sizes: { positive: { original: size, crop: [0, 0], target: size } },
    embeddedGuidance: settings.guidance,
  });
  const [batch, textLength] = prompts.tokens.shape as [number, number, number];
  const { stack, masks, controls, references } = guides;
  const { pictures, weights } = references;
  const job: StackJob = { stack, batch, tokens: textLength, grids: crossAttentionGrids(model, latents), masks, pictures };
  const conditioning = { tokens: prompts.tokens, extra: new Map<string, Tensor>([...prompts.extra, ...fixedStackInputs(job)]) };
  const request = { batch, latentHeight: latents.height, latentWidth: latents.width, textLength, stack };
  const loras = unetLoras({ recipe, loras: addOns.loras, model, job, latents, regionMasks: sides.regionMasks });
  const { precision } = recipe.engine;
  const unet = await model.unet({ ...request, ...controlInputs(controls) }, [...weights, ...loras.layers], precision);
  const control = await prepareControls({ model, controls, latents, conditioning, job, precision });
  const steps = (sampler.timesteps.length - first) / sampler.order;
  return createPredictor({
    unet,
    conditioning,
    guidance: plan.guidance,
    weights: texts.positive.map(({ weight }) => weight),
    ...(beside && { beside }),
    ...(recorder && { observe: (results, index) => void recorder.add(results, index - first) }),
    stepInputs: async ({ input, timestep, index }) => {
      const step = Math.floor((index - first) / sampler.order);
      return new Map([
        ...stepStackInputs(job, step, steps),
        ...loras.stepInputs(step, steps),
        ...(await control({ input, timestep, step, steps })),
      ]);
    },
  });
}

/** What image to image and inpainting start from; empty for text to image. */
function startPicture(
  { image }: Recipe,
  { picture, mask, levels }: StartPixels,
  latents: Grid,
): Pick<StartOptions, 'picture' | 'mask' | 'levels'> {
  if (!image || !picture) return {};
  const start = { picture: { picture: pictureTensor(picture, 'signed'), strength: image.strength } };
  if (!mask) return start;
  const hard = hardMask(mask);
  return { ...start, mask: floatTensor([1, 1, hard.height, hard.width], hard.data), levels: latentLevels(levels ?? mask, latents) };
}

/** The recipe as it is drawn: in the frame's size. */
function withSize(recipe: Recipe, { width, height }: Grid): Recipe {
  return { ...recipe, size: { width, height } };
}

function planFrame(plan: JobPlan, { frame }: StartPixels): JobPlan {
  return frame.view ? { ...plan, settings: { ...plan.settings, view: frame.view } } : plan;
}

async function decode(model: LoadedModel, { memory }: JobPlan, latents: FloatTensor): Promise<Pixels> {
  const scaled = floatTensor(latents.shape, unscaleLatents(model, latents.data));
  const { tile } = memory;
  const whole = (part: FloatTensor) => decodeLatents(model, part);
  const plan = { inputSize: tile ?? 0, outputSize: (tile ?? 0) * model.description.vaeFactor, overlap: 0.25 };
  const picture = tile === undefined ? await whole(scaled) : await tiled(scaled, plan, whole);
  if (memory.inTurn) await model.release('vae');
  requireFinitePicture(picture.data);
  return picturePixels(picture);
}

/** A model with broken weights gives no black picture but an error. */
function checkFinite(latents: Float32Array, index: number): void {
  if (latents.every(Number.isFinite)) return;
  const message = `The model gave values that are not numbers at step ${index + 1}: expected finite latents. Its file may be damaged.`;
  throw new AppError('nonFinite', message, { stage: 'step', step: index + 1 });
}
