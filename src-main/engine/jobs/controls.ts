import type { Control } from '../adapters/control/controls.ts';
import { reverseChannels } from '../adapters/control/controlnet-run.ts';
import { modeRules } from '../adapters/control/residuals.ts';
import type { AddOns, OpenControl } from '../adapters/add-ons.ts';
import { resizeArea, type Grid } from '../../core/regions/mask.ts';
import { isActive } from '../attention/stack-inputs.ts';
import type { Frame } from '../../core/inpaint/focus.ts';
import type { AssetPaths } from '../engine-service.ts';
import { pictureTensor } from '../pipeline/pixels.ts';
import { readMask, readPicture } from './pictures.ts';

export interface ControlPictures {
  readonly assets: AssetPaths;
  /** Size of the picture. */
  readonly frame: Frame;
  readonly latents: Grid;
}

/** Reads the pictures and masks of the controls, at the picture's size; a picture's transparent parts are black. */
export async function readControls({ controls }: AddOns, places: ControlPictures): Promise<Control[]> {
  const read: Control[] = [];
  for (const control of controls) read.push(await readControl(control, places));
  return read;
}

async function readControl(control: OpenControl, { assets, frame, latents }: ControlPictures): Promise<Control> {
  const { recipe, identity } = control;
  const pixels = await readPicture(recipe.picture, assets, { ...frame, background: '#000000' });
  const mask = recipe.mask && resizeArea(await readMask(recipe.mask, assets, frame), latents);
  const picture = pictureTensor(pixels, 'unit');
  const actsAt = (step: number, steps: number) => isActive(recipe.range, step, steps);
  const traits = { identity, picture, strength: recipe.strength, actsAt, ...(mask && { mask }) };
  if (control.kind === 'controlnet') return { kind: 'controlnet', file: control.file, mode: modeRules[recipe.mode], ...traits };
  // Adapters for SDXL were trained on pictures with blue first.
  const ordered = control.file.config.kind === 'xl' ? reverseChannels(picture) : picture;
  return { kind: 't2i-adapter', file: control.file, ...traits, picture: ordered };
}

/** Sentences about what the controls say but does not act. */
export function controlNotes({ controls }: AddOns): string[] {
  return controls.flatMap(({ kind, recipe, file }) => [
    ...file.notes,
    ...(kind === 't2i-adapter' && recipe.mode !== 'balanced' ? [`The mode "${recipe.mode}" is for ControlNets; the T2I-Adapter ${file.path} acts in full.`] : []),
  ]); // prettier-ignore
}
