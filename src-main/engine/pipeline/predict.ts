import { floatTensor, type FloatTensor, type Tensor } from '../../../kernels/tensor.ts';
import type { CompiledUnet } from '../model/loaded-model.ts';
import { combineGuidance, composePositive, type Guidance } from '../../core/samplers/guidance.ts';

/**
 * What the UNet is told besides the sample and the time; each tensor has one row a side: the negative side first, if there is one, then the
 * positive one, or one row for each of the prompts joined by AND.
 */
export interface Conditioning {
  readonly tokens: FloatTensor;
  /** Further step-invariant inputs by name: text_embeds, time_ids, timestep_cond, those of attention layers. */
  readonly extra: ReadonlyMap<string, Tensor>;
}

/** Inputs that change from step to step besides the sample: gates of layers, residuals of control models. */
export type StepInputs = (call: {
  readonly input: FloatTensor;
  readonly timestep: number;
  readonly index: number;
}) => Promise<ReadonlyMap<string, Tensor>>;

export interface PredictorOptions {
  readonly unet: CompiledUnet;
  readonly conditioning: Conditioning;
  /** Combines the two sides; absent when only the positive side runs. */
  readonly guidance: Guidance | undefined;
  /** Weights of the positive rows, where prompts are joined by AND: their predictions are summed. Takes `guidance`. */
  readonly weights?: readonly number[];
  /** Channels beside the noisy latents: mask and masked latents of an inpaint model, [1, C', h, w]. */
  readonly beside?: FloatTensor;
  readonly stepInputs?: StepInputs;
  /** Is told everything that a call of the UNet gave: its layers' read-outs. */
  readonly observe?: (results: ReadonlyMap<string, Tensor>, index: number) => void;
}

/** The model's output for one picture [1, C, h, w] after guidance. */
export type Predictor = (input: FloatTensor, timestep: number, index: number) => Promise<Float32Array>;

/** Runs the prologue once and gives the function that predicts each step. */
export async function createPredictor(options: PredictorOptions): Promise<Predictor> {
  const { unet, conditioning, guidance, weights = [1], beside, stepInputs } = options;
  const invariant = new Map<string, Tensor>([['encoder_hidden_states', conditioning.tokens], ...conditioning.extra]);
  const hoisted = unet.prologue ? await unet.prologue.run(invariant) : new Map<string, Tensor>();
  const sides = (guidance ? 1 : 0) + weights.length;
  return async (input, timestep, index) => {
    const sample = repeat(beside ? joinChannels(input, beside) : input, sides);
    const inputs = new Map<string, Tensor>([...invariant, ...hoisted]);
    inputs.set('sample', sample);
    inputs.set('timestep', floatTensor([sides], new Float32Array(sides).fill(timestep)));
    if (stepInputs) for (const [name, tensor] of await stepInputs({ input: sample, timestep, index })) inputs.set(name, tensor);
    const results = await unet.step.run(inputs);
    options.observe?.(results, index);
    const output = results.get('out') as FloatTensor;
    if (!guidance) return output.data;
    const size = output.data.length / sides;
    const [negative, ...positives] = Array.from({ length: sides }, (_, i) => output.data.subarray(i * size, (i + 1) * size));
    const parts = positives.map((side, i) => ({ output: side, weight: weights[i]! }));
    return combineGuidance(negative!, composePositive(negative!, parts), guidance);
  };
}

/** The same picture once for each side. */
function repeat(x: FloatTensor, times: number): FloatTensor {
  if (times === 1) return x;
  const result = floatTensor([times, ...x.shape.slice(1)]);
  for (let i = 0; i < times; i++) result.data.set(x.data, i * x.data.length);
  return result;
}

function joinChannels(a: FloatTensor, b: FloatTensor): FloatTensor {
  const data = new Float32Array(a.data.length + b.data.length);
  data.set(a.data);
  data.set(b.data, a.data.length);
  return floatTensor([1, a.shape[1]! + b.shape[1]!, ...a.shape.slice(2)], data);
}
