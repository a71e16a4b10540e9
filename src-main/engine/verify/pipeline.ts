import { floatTensor, type FloatTensor } from '../../../kernels/tensor.ts';
import { openModel } from '../../../models/checkpoint/open-model.ts';
import { joined } from '../../core/joined.ts';
import { TorchGenerator } from '../../core/random/torch-generator.ts';
import type { NoiseSource } from '../../core/random/noise-source.ts';
import { createSampler, type SamplerSpec } from '../../core/samplers/create-sampler.ts';
import { stepNoise } from '../../core/samplers/step-noise.ts';
import { modelFiles } from '../files.ts';
import { LoadedModel } from '../model/loaded-model.ts';
import { buildConditioning, zeroSide, type EncodedSide, type SizeHints } from '../pipeline/conditioning.ts';
import { denoise } from '../pipeline/denoise.ts';
import { decodeLatents, unscaleLatents } from '../pipeline/latents.ts';
import { createPredictor } from '../pipeline/predict.ts';
import { prepareStart, type StartOptions } from '../pipeline/start.ts';
import { encodeRow, joinFeatures, joinTokens } from '../pipeline/text.ts';
import { createStack } from '../../../kernels/attention/stack/stack.ts';
import { fixedStackInputs, stepStackInputs, type StackJob } from '../attention/stack-inputs.ts';
import { controlInputs, prepareControls } from '../adapters/control/controls.ts';
import { caseText, type CaseText } from './case-text.ts';
import { caseWeights } from './case-weights.ts';
import { pipelineControls } from './controls.ts';
import { floatInput, goldenBackend, goldenModel, goldenPath } from './models.ts';
import { goldenReferences, pixelTokens } from './references.ts';
import { caseStack } from './unet.ts';
import type { GoldenCase, GoldenContext } from './types.ts';

/** The arguments of a diffusers pipeline call that the golden cases use. */
interface PipelineCall {
  readonly prompt: string;
  readonly negative_prompt?: string;
  readonly prompt_2?: string;
  readonly negative_prompt_2?: string;
  readonly height?: number;
  readonly width?: number;
  readonly guidance_scale: number;
  readonly guidance_rescale?: number;
  readonly num_inference_steps: number;
  readonly num_images_per_prompt?: number;
  readonly clip_skip?: number;
  readonly eta?: number;
  readonly strength?: number;
  readonly original_size?: [number, number];
  readonly crops_coords_top_left?: [number, number];
  readonly target_size?: [number, number];
  readonly negative_original_size?: [number, number];
  readonly negative_crops_coords_top_left?: [number, number];
  readonly negative_target_size?: [number, number];
}

/** A whole diffusers pipeline: the latents after every model call, every draw of noise, and the decoded picture. */
export async function checkPipeline(goldenCase: GoldenCase, context: GoldenContext): Promise<void> {
  const call = goldenCase.params['call'] as PipelineCall;
  const model = await pipelineModel(goldenCase, context);
  const recorder = new RecordingNoise(new TorchGenerator(goldenCase.params['seed'] as number));
  const sampler = pipelineSampler(goldenCase, model, call);
  const start = await prepareStart({ ...startOptions(context, model, call), sampler, noise: recorder });
  const shape = latentShape(context, model, call);
  const [, , latentHeight, latentWidth] = shape;
  const prompts = regionPrompts(goldenCase);
  const text = await caseText(goldenCase, context, model);
  const sides = prompts ? await encodeRegionSides(text, prompts) : await encodeSides(text, call);
  const plain = buildConditioning(model, {
    ...sides,
    positive: [sides.positive],
    sizes: sizeHints(call, shape, model),
    embeddedGuidance: call.guidance_scale,
  });
  const size = { batch: sides.negative ? 2 : 1, tokens: plain.tokens.shape[1]!, latent: { height: latentHeight, width: latentWidth } };
  const references = await goldenReferences(goldenCase, context, model, (adapter, i) => pixelTokens(context, model, adapter, i));
  const job = caseStack(context, model, size, references, prompts && regionSides(prompts, plain.lengths));
  const conditioning = { ...plain, extra: new Map([...plain.extra, ...fixedStackInputs(job), ...references.maskInputs(job.grids)]) };
  const controls = await pipelineControls(goldenCase, context, model);
  const control = await prepareControls({ model, controls, latents: size.latent, conditioning, job: controlJob(goldenCase, job) });
  const request = { batch: size.batch, latentHeight, latentWidth, textLength: size.tokens, stack: job.stack, ...controlInputs(controls) };
  const steps = sampler.timesteps.length;
  const predict = await createPredictor({
    unet: await model.unet(request, [...references.weights, ...(await caseWeights(goldenCase, context, model, 'unet'))]),
    conditioning,
    stepInputs: async ({ input, timestep, index: step }) =>
      new Map([...stepStackInputs(job, step, steps), ...(await control({ input, timestep, step, steps }))]),
    guidance: sides.negative && { scale: call.guidance_scale, rescale: call.guidance_rescale ?? 0 },
    ...(start.beside && { beside: start.beside }),
  });
  const noise = stepNoise(recorder, 0);
  const plan = { sampler, start: start.index, latents: start.latents, shape: shape.with(0, 1), predict, noise };
  const latents: Float32Array[] = [];
  for await (const step of denoise(start.restore ? { ...plan, restore: start.restore } : plan)) latents.push(step.latents);

  context.expect('timesteps', sampler.timesteps);
  context.expect('steps', joined(latents));
  for (const [role, drawn] of recorder.byRole(Object.keys(goldenCase.expected))) context.expect(role, drawn);
  if (!context.expects('decoded')) return;
  const each = shape[1] * latentHeight * latentWidth;
  const decoded: Float32Array[] = [];
  const last = latents.at(-1)!;
  for (let at = 0; at < last.length; at += each) {
    const scaled = unscaleLatents(model, last.slice(at, at + each));
    decoded.push((await decodeLatents(model, floatTensor(shape.with(0, 1), scaled))).data);
  }
  context.expect('decoded', joined(decoded));
}

/** The case's model, with another UNet where it names one. */
async function pipelineModel(goldenCase: GoldenCase, context: GoldenContext): Promise<LoadedModel> {
  const path = goldenCase.params['model'] as string;
  const unet = goldenCase.params['unet'] as string | undefined;
  if (unet === undefined) return goldenModel(context, path);
  return context.shared(`model ${path} with ${unet}`, async () => {
    const base = await openModel(goldenPath(context, path), modelFiles);
    const component = await openUnetFolder(goldenPath(context, unet));
    return new LoadedModel({ ...base, components: { ...base.components, unet: component } }, goldenBackend(context));
  });
}

async function openUnetFolder(folder: string) {
  const config = JSON.parse((await modelFiles.readText(`${folder}/config.json`))!) as Record<string, unknown>;
  const file = `${folder}/diffusion_pytorch_model.safetensors`;
  const header = await modelFiles.header(file);
  return { config, weights: new Map([...header.tensors].map(([name, entry]) => [name, { file, ...entry }])) };
}

function pipelineSampler(goldenCase: GoldenCase, model: LoadedModel, call: PipelineCall) {
  const scheduler = goldenCase.params['scheduler'] as { class: string; config: Record<string, unknown> } | undefined;
  const base = model.description.scheduler;
  const spec: SamplerSpec = {
    className: scheduler?.class ?? (base['_class_name'] as string),
    base,
    overrides: scheduler?.config ?? {},
    steps: call.num_inference_steps,
    ...(call.eta !== undefined && { eta: call.eta }),
  };
  return createSampler(spec);
}

function latentShape(context: GoldenContext, model: LoadedModel, call: PipelineCall): [number, number, number, number] {
  const factor = model.description.vaeFactor;
  const picture = context.hasInput('image') ? context.input('image').shape : [1, 3, call.height!, call.width!];
  return [call.num_images_per_prompt ?? 1, model.vaeConfig.latentChannels, picture[2]! / factor, picture[3]! / factor];
}

function startOptions(context: GoldenContext, model: LoadedModel, call: PipelineCall): Omit<StartOptions, 'sampler' | 'noise'> {
  const base = { model, steps: call.num_inference_steps, shape: latentShape(context, model, call) };
  if (call.strength === undefined) return base;
  const unit = floatInput(context, 'image');
  const picture = { picture: floatTensor(unit.shape, unit.data.map((value) => 2 * value - 1)), strength: call.strength }; // prettier-ignore
  if (!context.hasInput('mask_image')) return { ...base, picture };
  const mask = floatInput(context, 'mask_image');
  const binary = floatTensor(mask.shape, mask.data.map((value) => (value < 0.5 ? 0 : 1))); // prettier-ignore
  return { ...base, picture, mask: binary };
}

async function encodeSides(text: CaseText, call: PipelineCall): Promise<{ positive: EncodedSide; negative?: EncodedSide }> {
  const positive = await encodePlain(text, [call.prompt, call.prompt_2 ?? call.prompt], call.clip_skip ?? 0);
  if (call.guidance_scale <= 1) return { positive };
  const isZero = call.negative_prompt === undefined && text.model.description.forceZerosForEmptyPrompt;
  if (isZero) return { positive, negative: zeroSide(positive) };
  const prompt = call.negative_prompt ?? '';
  return { positive, negative: await encodePlain(text, [prompt, call.negative_prompt_2 ?? prompt], 0) };
}

interface RegionPrompt {
  readonly text: string;
  readonly mask: string | null;
}

function regionPrompts({ params }: GoldenCase): readonly (readonly RegionPrompt[])[] | undefined {
  return (params['regions'] as { prompts: RegionPrompt[][] } | undefined)?.prompts;
}

/** Sides of several prompts, joined along the tokens; the pooled text is that of the last prompt without a mask. */
async function encodeRegionSides(own: CaseText, prompts: readonly (readonly RegionPrompt[])[]) {
  const sides: EncodedSide[] = [];
  for (const side of prompts) {
    const encoded: EncodedSide[] = [];
    for (const { text } of side) encoded.push(await encodePlain(own, [text, text], 0));
    const pooledFrom = Math.max(
      0,
      side.findLastIndex(({ mask }) => mask === null),
    );
    sides.push({ tokens: joinTokens(encoded.map(({ tokens }) => tokens)), pooled: encoded[pooledFrom]!.pooled });
  }
  return { negative: sides[0]!, positive: sides[1]! };
}

/** Where each prompt's tokens stand in the joined context. */
function regionSides(prompts: readonly (readonly RegionPrompt[])[], lengths: readonly number[]) {
  const sides = prompts.map((side, row) => {
    const length = lengths[row]! / side.length;
    return side.map(({ mask }, index) => ({ mask, start: index * length, end: (index + 1) * length }));
  });
  return { sides, padding: lengths };
}

/** A case may keep the regions from the control branch, as other programs do. */
function controlJob({ params }: GoldenCase, job: StackJob): StackJob {
  const regions = params['regions'] as { control_uses_regions?: boolean } | undefined;
  return regions?.control_uses_regions === false ? { ...job, stack: createStack() } : job;
}

/** Texts without any syntax, cut at the encoder's length: what diffusers does. */
async function encodePlain({ model, tokenizers, layers }: CaseText, texts: readonly string[], clipSkip: number): Promise<EncodedSide> {
  const features: FloatTensor[] = [];
  let pooled: FloatTensor | undefined;
  for (const [i, encoder] of model.textEncoders.entries()) {
    const tokenizer = tokenizers.get(encoder)!;
    const ids = tokenizer.pad(tokenizer.encode(texts[i]!));
    const row = await encodeRow(model, encoder, { ids, clipSkip, layers: layers.get(encoder)! });
    features.push(row.tokens);
    pooled = row.pooled ?? pooled;
  }
  return { tokens: joinFeatures(features), pooled };
}

function sizeHints(call: PipelineCall, [, , height, width]: readonly [number, number, number, number], model: LoadedModel) {
  const factor = model.description.vaeFactor;
  const size: [number, number] = [height * factor, width * factor];
  const positive: SizeHints = {
    original: call.original_size ?? size,
    crop: call.crops_coords_top_left ?? [0, 0],
    target: call.target_size ?? size,
  };
  if (!call.negative_original_size || !call.negative_target_size) return { positive };
  const negative: SizeHints = {
    original: call.negative_original_size,
    crop: call.negative_crops_coords_top_left ?? [0, 0],
    target: call.negative_target_size,
  };
  return { positive, negative };
}

/** Keeps every draw, in order, to be compared with what diffusers drew. */
class RecordingNoise implements NoiseSource {
  readonly #source: NoiseSource;
  readonly #drawn: Float32Array[] = [];

  constructor(source: NoiseSource) {
    this.#source = source;
  }

  randn(shape: readonly number[]): Float32Array<ArrayBuffer> {
    const values = this.#source.randn(shape);
    this.#drawn.push(values);
    return values;
  }

  /** Draws by the role they have in the golden case: `noise.<number>.<purpose>`. */
  byRole(roles: readonly string[]): [string, Float32Array][] {
    return roles
      .filter((role) => role.startsWith('noise.'))
      .map((role) => [role, this.#drawn[Number(role.split('.')[1])] ?? new Float32Array()]);
  }
}
