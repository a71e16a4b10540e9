import { addLayers, type AttentionStack } from '../../../kernels/attention/stack/stack.ts';
import type { AddOns } from '../adapters/add-ons.ts';
import type { Control } from '../adapters/control/controls.ts';
import type { Recipe } from '../../contract/recipe.ts';
import type { AssetPaths } from '../engine-service.ts';
import type { LoadedModel } from '../model/loaded-model.ts';
import { controlNotes, readControls } from './controls.ts';
import type { JobPlan } from './prepare.ts';
import { prepareReferences, type References } from './references.ts';
import type { Sides } from './sides.ts';

/** What steers a job besides its prompts: controls with their pictures, and encoded references. */
export interface Guides {
  readonly controls: readonly Control[];
  readonly references: References;
  /** The prompts' stack and masks with those of the references. */
  readonly stack: AttentionStack;
  readonly masks: Sides['masks'];
  readonly notes: readonly string[];
}

export interface GuideOptions {
  readonly recipe: Recipe;
  readonly assets: AssetPaths;
  readonly model: LoadedModel;
}

/** Reads the pictures of all add-ons and encodes the references. */
export async function prepareGuides({ recipe, assets, model }: GuideOptions, plan: JobPlan, sides: Sides, addOns: AddOns): Promise<Guides> {
  const { settings: frame, latents } = plan;
  const controls = await readControls(addOns, { assets, frame, latents });
  const batch = sides.positive.length + (sides.negative ? 1 : 0);
  const references = await prepareReferences({ recipe, addOns, model, assets, batch, frame, latents, regionMasks: sides.regionMasks });
  const stack = addLayers(sides.stack, references.layers);
  const masks = new Map([...sides.masks, ...references.masks]);
  return { controls, references, stack, masks, notes: [...controlNotes(addOns), ...references.notes] };
}
