import { openControlNet, type ControlNetDescription } from '../../../models/controlnet/open-controlnet.ts';
import { openT2iAdapter, type T2iAdapterDescription } from '../../../models/t2i-adapter/open-t2i-adapter.ts';
import { modeRules } from '../adapters/control/residuals.ts';
import type { Control } from '../adapters/control/controls.ts';
import { modelFiles } from '../files.ts';
import type { LoadedModel } from '../model/loaded-model.ts';
import { floatInput, goldenPath } from './models.ts';
import type { GoldenCase, GoldenContext } from './types.ts';

/** A control file of a UNet call. */
interface NamedControl {
  readonly path: string;
  readonly scale: number;
  readonly guess_mode?: boolean;
}

/** The arguments of a pipeline call that concern controls. */
interface ControlArguments {
  readonly controlnet_conditioning_scale?: number | readonly number[];
  readonly control_guidance_start?: number | readonly number[];
  readonly control_guidance_end?: number | readonly number[];
  readonly guess_mode?: boolean;
  readonly adapter_conditioning_scale?: number;
}

const always = () => true;

/** The controls of a UNet call; in guess mode the residuals are scaled for all rows. */
export async function unetControls(goldenCase: GoldenCase, context: GoldenContext, model: LoadedModel): Promise<Control[]> {
  const controls: Control[] = [];
  const nets = (goldenCase.params['controlnets'] ?? []) as readonly NamedControl[];
  for (const [i, { path, scale, guess_mode: isGuess }] of nets.entries()) {
    const file = await goldenControlNet(context, path, model);
    const traits = { identity: path, picture: floatInput(context, `control.${i}`), strength: scale, actsAt: always };
    controls.push({ kind: 'controlnet', file, mode: modeRules[isGuess ? 'prompt' : 'balanced'], ...traits });
  }
  const adapters = (goldenCase.params['t2i_adapters'] ?? []) as readonly NamedControl[];
  for (const [i, { path, scale }] of adapters.entries()) {
    const traits = { identity: path, picture: floatInput(context, `t2i.${i}`), strength: scale, actsAt: always };
    controls.push({ kind: 't2i-adapter', file: await goldenT2iAdapter(context, path, model), ...traits });
  }
  return controls;
}

/** The controls of a pipeline call: in guess mode for the positive side alone, in the steps that diffusers would run them. */
export async function pipelineControls(goldenCase: GoldenCase, context: GoldenContext, model: LoadedModel): Promise<Control[]> {
  const call = goldenCase.params['call'] as ControlArguments;
  const controls: Control[] = [];
  const nets = (goldenCase.params['controlnets'] ?? []) as readonly string[];
  for (const [i, path] of nets.entries()) {
    const picture = floatInput(context, nets.length > 1 ? `image.${i}` : 'image');
    const start = at(call.control_guidance_start, i, 0);
    const end = at(call.control_guidance_end, i, 1);
    const file = await goldenControlNet(context, path, model);
    const mode = modeRules[call.guess_mode ? 'control' : 'balanced'];
    const strength = at(call.controlnet_conditioning_scale, i, 1);
    const actsAt = (step: number, steps: number) => !(step / steps < start || (step + 1) / steps > end);
    controls.push({ kind: 'controlnet', file, identity: path, picture, strength, mode, actsAt });
  }
  for (const path of (goldenCase.params['t2i_adapters'] ?? []) as readonly string[]) {
    const file = await goldenT2iAdapter(context, path, model);
    const strength = call.adapter_conditioning_scale ?? 1;
    controls.push({ kind: 't2i-adapter', file, identity: path, picture: floatInput(context, 'image'), strength, actsAt: always });
  }
  return controls;
}

function at(value: number | readonly number[] | undefined, index: number, fallback: number): number {
  return typeof value === 'object' ? (value[index] ?? fallback) : (value ?? fallback);
}

function goldenControlNet(context: GoldenContext, path: string, model: LoadedModel): Promise<ControlNetDescription> {
  const open = () => openControlNet(goldenPath(context, path), { ...baseOf(model), unet: model.description.components.unet!.config }, modelFiles); // prettier-ignore
  return context.shared(`controlnet ${path}`, open);
}

function goldenT2iAdapter(context: GoldenContext, path: string, model: LoadedModel): Promise<T2iAdapterDescription> {
  return context.shared(`t2i-adapter ${path}`, () => openT2iAdapter(goldenPath(context, path), baseOf(model), modelFiles));
}

function baseOf({ description, unetConfig }: LoadedModel) {
  const { family, vaeFactor } = description;
  return { family, vaeFactor, textWidth: unetConfig.crossAttentionDim, blockOutChannels: unetConfig.blockOutChannels };
}
