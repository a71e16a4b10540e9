import { hoistInvariant } from '../../../../kernels/graph/passes.ts';
import { floatTensor, type FloatTensor, type Tensor } from '../../../../kernels/tensor.ts';
import { buildControlNet, isControlInvariant } from '../../../../models/controlnet/controlnet.ts';
import type { ControlNetDescription } from '../../../../models/controlnet/open-controlnet.ts';
import type { Precision } from '../../../contract/recipe.ts';
import type { Grid } from '../../../core/regions/mask.ts';
import { fixedStackInputs, stepStackInputs, type StackJob } from '../../attention/stack-inputs.ts';
import type { TensorMap } from '../../backends/backend.ts';
import { inPrecision, type AddOnName, type LoadedModel } from '../../model/loaded-model.ts';
import type { Conditioning } from '../../pipeline/predict.ts';
import { weightStore, type WeightStore } from '../../weights.ts';
import { controlStackJob } from './control-stack.ts';

export interface ControlNetOptions {
  readonly model: LoadedModel;
  readonly net: ControlNetDescription;
  /** Says which file it is. */
  readonly identity: string;
  /** [1, C, H, W] in [0, 1]. */
  readonly picture: FloatTensor;
  readonly latents: Grid;
  readonly conditioning: Conditioning;
  /** The UNet's attention in this job. */
  readonly job: StackJob;
  readonly precision?: Precision;
  /** Runs for the positive side alone. */
  readonly positiveOnly: boolean;
}

/** One call: the UNet's input and time, and the step for ranges of prompts. */
export interface ControlCall {
  readonly input: FloatTensor;
  readonly timestep: number;
  readonly step: number;
  readonly steps: number;
}

/** Residuals from the finest to the middle, [rows, C, h, w]. */
export type ControlNetRun = (call: ControlCall) => Promise<readonly FloatTensor[]>;

export function controlAddOn(path: string): AddOnName {
  return `add-on control ${path}`;
}

/** Compiles a ControlNet with the UNet's base attention and prompts, and computes once what does not change from step to step. */
export async function prepareControlNet(options: ControlNetOptions): Promise<ControlNetRun> {
  const { model, net, picture, latents, conditioning, precision = 'full' } = options;
  const rows = options.positiveOnly ? Math.max(options.job.batch - 1, 1) : options.job.batch;
  const job = controlStackJob(options.job, rows);
  const size = { batch: rows, latentHeight: latents.height, latentWidth: latents.width };
  const request = { ...size, textLength: conditioning.tokens.shape[1]!, stack: job.stack };
  const build = () => {
    const { prologue, step } = hoistInvariant(buildControlNet(net.config, request), isControlInvariant);
    return [inPrecision(step, precision), prologue];
  };
  const key = `${options.identity} ${JSON.stringify({ ...request, precision })}`;
  const [step, prologue] = await model.addOn(controlAddOn(net.path), key, build, () => controlWeights(net, model));

  const fixed = new Map<string, Tensor>([
    ['encoder_hidden_states', lastRows(conditioning.tokens, rows)],
    ['control', ordered(picture, net.config.channelOrder)],
    ...sharedInputs(conditioning.extra, rows),
    ...fixedStackInputs(job),
  ]);
  const hoisted: TensorMap = prologue ? await prologue.run(fixed) : new Map();
  return async ({ input, timestep, step: at, steps }) => {
    const inputs = new Map<string, Tensor>([...fixed, ...hoisted, ...stepStackInputs(job, at, steps)]);
    inputs.set('sample', firstChannels(lastRows(input, rows), net.config.unet.inChannels));
    inputs.set('timestep', floatTensor([rows], new Float32Array(rows).fill(timestep)));
    const outputs = await step!.run(inputs);
    const down = Array.from({ length: outputs.size - 1 }, (_, i) => outputs.get(`down.${i}`) as FloatTensor);
    return [...down, outputs.get('mid') as FloatTensor];
  };
}

const shared: readonly string[] = ['text_embeds', 'time_ids', 'timestep_cond'];

function sharedInputs(extra: ReadonlyMap<string, Tensor>, rows: number): [string, Tensor][] {
  return [...extra].filter(([name]) => shared.includes(name)).map(([name, tensor]) => [name, lastRows(tensor as FloatTensor, rows)]);
}

/** The file's weights, added to the UNet's where the file holds differences. */
async function controlWeights(net: ControlNetDescription, model: LoadedModel): Promise<WeightStore> {
  const own = weightStore(net.weights);
  if (!net.isDifference) return own;
  const unet = model.description.components.unet!.weights;
  const sums = new Map<string, Float32Array>();
  for (const [name, { shape }] of net.weights) {
    if (unet.get(name)?.shape.join() !== shape.join()) continue;
    const values = await own.read(name, shape);
    const base = await model.weights('unet').read(name, shape);
    sums.set(name, values.map((value, i) => value + base[i]!)); // prettier-ignore
  }
  return weightStore(net.weights, sums);
}

function lastRows(x: FloatTensor, rows: number): FloatTensor {
  if (x.shape[0] === rows) return x;
  const size = x.data.length / x.shape[0]!;
  return floatTensor([rows, ...x.shape.slice(1)], x.data.slice(x.data.length - rows * size));
}

/** An inpaint model's input has more channels than its nets take: the noisy latents come first. */
function firstChannels(x: FloatTensor, channels: number): FloatTensor {
  const [rows, all, height, width] = x.shape as [number, number, number, number];
  if (all === channels) return x;
  const plane = height * width;
  const result = floatTensor([rows, channels, height, width]);
  for (let row = 0; row < rows; row++) {
    result.data.set(x.data.subarray(row * all * plane, (row * all + channels) * plane), row * channels * plane);
  }
  return result;
}

function ordered(picture: FloatTensor, order: 'rgb' | 'bgr'): FloatTensor {
  return order === 'rgb' ? picture : reverseChannels(picture);
}

/** Red and blue exchanged. */
export function reverseChannels(picture: FloatTensor): FloatTensor {
  const [, channels, height, width] = picture.shape as [number, number, number, number];
  const plane = height * width;
  const data = new Float32Array(picture.data.length);
  for (let c = 0; c < channels; c++) data.set(picture.data.subarray(c * plane, (c + 1) * plane), (channels - 1 - c) * plane);
  return floatTensor(picture.shape, data);
}
