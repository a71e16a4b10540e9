import { floatTensor, type FloatTensor, type Tensor } from '../../../../kernels/tensor.ts';
import { residualShapes } from '../../../../models/controlnet/skip-shapes.ts';
import type { ControlNetDescription } from '../../../../models/controlnet/open-controlnet.ts';
import type { T2iAdapterDescription } from '../../../../models/t2i-adapter/open-t2i-adapter.ts';
import { AppError } from '../../../contract/errors.ts';
import type { Precision } from '../../../contract/recipe.ts';
import type { Grid, RegionMask } from '../../../core/regions/mask.ts';
import type { StackJob } from '../../attention/stack-inputs.ts';
import type { LoadedModel } from '../../model/loaded-model.ts';
import type { Conditioning } from '../../pipeline/predict.ts';
import { prepareControlNet, type ControlCall, type ControlNetRun } from './controlnet-run.ts';
import { addResiduals, addScaled, type ModeRule, type ResidualRule } from './residuals.ts';
import { runT2iAdapter } from './t2i-run.ts';

/** A control of the job: its file, its picture and how it acts. */
export type Control = ControlNetControl | T2iControl;

interface ControlTraits {
  /** Says which file it is, and changes when the file does. */
  readonly identity: string;
  /** [1, 3, H, W] in [0, 1], the picture's size. */
  readonly picture: FloatTensor;
  readonly strength: number;
  /** Where it acts, at the latents' size; everywhere unless stated. */
  readonly mask?: RegionMask;
  /** Whether it acts at a step 0 … steps - 1; it is not run where it does not. */
  readonly actsAt: (step: number, steps: number) => boolean;
}

export interface ControlNetControl extends ControlTraits {
  readonly kind: 'controlnet';
  readonly file: ControlNetDescription;
  readonly mode: ModeRule;
}

export interface T2iControl extends ControlTraits {
  readonly kind: 't2i-adapter';
  readonly file: T2iAdapterDescription;
}

export interface ControlOptions {
  readonly model: LoadedModel;
  readonly controls: readonly Control[];
  readonly latents: Grid;
  readonly conditioning: Conditioning;
  /** The UNet's attention in this job. */
  readonly job: StackJob;
  readonly precision?: Precision;
}

/** What the UNet's graph must take for these controls. */
export function controlInputs(controls: readonly Control[]): { control?: true; features?: true; middleFeature?: true } {
  const adapters = controls.filter((control) => control.kind === 't2i-adapter');
  return {
    ...(controls.some(({ kind }) => kind === 'controlnet') && { control: true }),
    ...(adapters.length > 0 && { features: true }),
    ...(adapters.some(({ file }) => file.config.kind === 'xl') && { middleFeature: true }),
  };
}

/** The inputs `control.N`, `control.mid` and `feature.N` of one call of the UNet. */
export type ControlRun = (call: ControlCall) => Promise<Map<string, Tensor>>;

/** Compiles the nets, runs the T2I-Adapters, and gives the function that makes the UNet's inputs at each step. */
export async function prepareControls(options: ControlOptions): Promise<ControlRun> {
  const nets: PreparedNet[] = [];
  const adapters: PreparedAdapter[] = [];
  for (const control of options.controls) {
    if (control.kind === 'controlnet') nets.push(await prepareNet(control, options));
    else adapters.push(await prepareAdapter(control, options));
  }
  const { job, model, latents } = options;
  const shapes = residualShapes(model.unetConfig, latents.height, latents.width).map((shape) => [job.batch, ...shape]);
  return async (call) => new Map([...(await residualInputs(nets, call, shapes)), ...featureInputs(adapters, call, job.batch)]);
}

interface PreparedNet {
  readonly control: ControlNetControl;
  readonly run: ControlNetRun;
  readonly rule: ResidualRule;
}

async function prepareNet(control: ControlNetControl, options: ControlOptions): Promise<PreparedNet> {
  const { file: net, identity, picture, mode, strength, mask } = control;
  const run = await prepareControlNet({ ...options, net, identity, picture, positiveOnly: mode.positiveOnly });
  return { control, run, rule: { strength, isSoft: mode.isSoft, globalPool: net.config.globalPool, ...(mask && { mask }) } };
}

/** The nets that act run one after the other; their residuals add up. Where none acts the sums stay zero. */
async function residualInputs(
  nets: readonly PreparedNet[],
  call: ControlCall,
  shapes: readonly (readonly number[])[],
): Promise<[string, Tensor][]> {
  if (nets.length === 0) return [];
  const sums = shapes.map((shape) => floatTensor(shape));
  for (const { control, run, rule } of nets) {
    if (!control.actsAt(call.step, call.steps)) continue;
    const residuals = await run(call);
    requireFinite(residuals, control.file.path, 'ControlNet');
    addResiduals(sums, residuals, rule);
  }
  return sums.map((sum, i) => [i === sums.length - 1 ? 'control.mid' : `control.${i}`, sum]);
}

interface PreparedAdapter {
  readonly control: T2iControl;
  readonly features: readonly FloatTensor[];
}

async function prepareAdapter(control: T2iControl, { model }: ControlOptions): Promise<PreparedAdapter> {
  const features = await runT2iAdapter(model, control.file, control.identity, control.picture);
  requireFinite(features, control.file.path, 'T2I-Adapter');
  return { control, features };
}

/** Features of the adapters that act, added up, the same for every row. An XL adapter's last one goes after the middle block. */
function featureInputs(adapters: readonly PreparedAdapter[], { step, steps }: ControlCall, batch: number): [string, Tensor][] {
  const [first] = adapters;
  if (!first) return [];
  const sums = first.features.map(({ shape }) => floatTensor([batch, ...shape.slice(1)]));
  for (const { control, features } of adapters) {
    if (!control.actsAt(step, steps)) continue;
    features.forEach((feature, i) => addScaled(sums[i]!, repeated(feature, batch), control.strength, control.mask));
  }
  const isXl = first.control.file.config.kind === 'xl';
  return sums.map((sum, i) => [isXl && i === sums.length - 1 ? 'feature.mid' : `feature.${i}`, sum]);
}

function repeated({ shape, data }: FloatTensor, times: number): FloatTensor {
  const all = new Float32Array(data.length * times);
  for (let i = 0; i < times; i++) all.set(data, i * data.length);
  return { shape: [times, ...shape.slice(1)], data: all };
}

/** A broken file gives no grey picture but an error that names it. */
function requireFinite(tensors: readonly FloatTensor[], path: string, what: string): void {
  if (tensors.every(isFiniteTensor)) return;
  const message = `${path}: This ${what} gave values that are not numbers: expected finite ones. Its file may be damaged.`;
  throw new AppError('nonFinite', message, { path, stage: what });
}

/** Zero times anything but a number is no number; a sum of zeros is the cheapest way to look at millions of values a step. */
function isFiniteTensor({ data }: FloatTensor): boolean {
  let zero = 0;
  for (let i = 0; i < data.length; i++) zero += data[i]! * 0;
  return zero === 0;
}
