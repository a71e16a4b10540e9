import { addLayers, createStack } from '../../../kernels/attention/stack/stack.ts';
import { floatTensor, type FloatTensor, type Tensor } from '../../../kernels/tensor.ts';
import { controlInputs, prepareControls } from '../adapters/control/controls.ts';
import { fixedStackInputs, stepStackInputs, type StackJob } from '../attention/stack-inputs.ts';
import { levelGrids } from '../attention/levels.ts';
import { regionMask, type Grid } from '../../core/regions/mask.ts';
import type { LoadedModel } from '../model/loaded-model.ts';
import { caseWeights } from './case-weights.ts';
import { unetControls } from './controls.ts';
import { floatInput, goldenModel } from './models.ts';
import { goldenReferences, storedTokens, type GoldenReferences } from './references.ts';
import { goldenStack, type GoldenPrompt } from './regional.ts';
import type { GoldenCase, GoldenContext } from './types.ts';

interface Regions {
  readonly latent_size: [number, number];
  readonly sides: readonly (readonly GoldenPrompt[])[];
  readonly padding: readonly number[];
  readonly control_uses_regions?: boolean;
}

interface CallSize {
  readonly batch: number;
  readonly tokens: number;
  readonly latent: Grid;
}

const unetRoles = ['sample', 'encoder_hidden_states', 'text_embeds', 'time_ids', 'timestep_cond'];

/** One call of a UNet with the regions, references, controls and changed weights of the case. */
export async function checkUnet(goldenCase: GoldenCase, context: GoldenContext): Promise<void> {
  const model = await goldenModel(context, goldenCase.params['model'] as string);
  const inputs = new Map<string, Tensor>(
    unetRoles.filter((role) => context.hasInput(role)).map((role) => [role, floatInput(context, role)]),
  );
  const sample = inputs.get('sample') as FloatTensor;
  const text = inputs.get('encoder_hidden_states') as FloatTensor;
  const [batch, , height, width] = sample.shape as [number, number, number, number];
  const timestep = goldenCase.params['timestep'] as number;
  inputs.set('timestep', floatTensor([batch], new Float32Array(batch).fill(timestep)));

  const size = { batch, tokens: text.shape[1]!, latent: { height, width } };
  const references = await goldenReferences(goldenCase, context, model, (adapter, i) => storedTokens(context, model, adapter, i));
  const regions = goldenCase.params['regions'] as Regions | undefined;
  const job = caseStack(context, model, size, references, regions);
  for (const [name, tensor] of stackInputs(job, references)) inputs.set(name, tensor);

  const controls = await unetControls(goldenCase, context, model);
  const controlJob = regions?.control_uses_regions === false ? { ...job, stack: createStack() } : job;
  const options = { model, controls, latents: size.latent, conditioning: { tokens: text, extra: inputs }, job: controlJob };
  const residuals = await (await prepareControls(options))({ input: sample, timestep, step: 0, steps: 1 });
  for (const [name, tensor] of residuals) inputs.set(name, tensor);
  if (goldenCase.params['keep_residuals'] === true) expectResiduals(context, residuals);

  const request = { batch, latentHeight: height, latentWidth: width, textLength: size.tokens, stack: job.stack };
  const weights = [...references.weights, ...(await caseWeights(goldenCase, context, model, 'unet'))];
  const taken = controlInputs(controls);
  // diffusers adds an XL adapter's last feature only where it has as many rows as the sample; the cases give it one.
  const unet = await model.unet({ ...request, ...taken, middleFeature: batch === 1 && taken.middleFeature === true }, weights);
  for (const [name, tensor] of unet.prologue ? await unet.prologue.run(inputs) : []) inputs.set(name, tensor);
  context.expect('out', (await unet.step.run(inputs)).get('out')!.data);
}

/** The attention of a case: prompts in their regions and references on top. */
export function caseStack(
  context: GoldenContext,
  model: LoadedModel,
  size: CallSize,
  references: GoldenReferences,
  regions: Pick<Regions, 'sides' | 'padding'> | undefined,
): StackJob {
  const levels = model.unetConfig.blockOutChannels.length;
  const { layers: more, maskNames: moreMasks, pictures } = references;
  if (regions) {
    const { job } = goldenStack(context, { ...size, sides: regions.sides, lengths: regions.padding, levels, more, moreMasks });
    return { ...job, pictures };
  }
  const { height, width } = size.latent;
  const everywhere = { mask: regionMask(height, width, new Float32Array(height * width).fill(1)), isSoft: false };
  const masks = new Map(more.map(({ id }) => [id, everywhere]));
  const { batch, tokens } = size;
  return { stack: addLayers(createStack(), more), batch, tokens, grids: levelGrids(size.latent, levels), masks, pictures };
}

/** The stack's inputs of a call of one step. Masks that diffusers shrinks in its own way take the place of ours. */
export function stackInputs(job: StackJob, references: GoldenReferences): Map<string, FloatTensor> {
  return new Map([...fixedStackInputs(job), ...stepStackInputs(job, 0, 1), ...references.maskInputs(job.grids)]);
}

function expectResiduals(context: GoldenContext, residuals: ReadonlyMap<string, Tensor>): void {
  for (const [name, { data, shape }] of residuals) {
    const [kind, index] = name.split('.') as [string, string];
    if (kind === 'feature')
      context.expect(`t2i.0.feature.${index === 'mid' ? 3 : index}`, (data as Float32Array).slice(0, data.length / shape[0]!));
    else context.expect(index === 'mid' ? 'control.0.mid' : `control.0.down.${index}`, data);
  }
}
