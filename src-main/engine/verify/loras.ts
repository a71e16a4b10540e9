import { mergedWeight, type WeightPatch } from '../../../models/lora/merge.ts';
import { openLora, type LoraDescription } from '../../../models/lora/open-lora.ts';
import { loraLayer, readParts, type ActiveLora } from '../adapters/lora/lora-layer.ts';
import { modelFiles } from '../files.ts';
import type { LoadedModel, TextEncoderName, WeightLayer } from '../model/loaded-model.ts';
import { goldenPath } from './models.ts';
import type { GoldenCase, GoldenContext } from './types.ts';

interface NamedLora {
  readonly path: string;
  readonly weight: number;
}

/** The LoRAs of a case over one part of the model. Records the merged weights that the case keeps. */
export async function caseLoras(
  goldenCase: GoldenCase,
  context: GoldenContext,
  model: LoadedModel,
  part: 'unet' | TextEncoderName,
): Promise<readonly WeightLayer[]> {
  const named = [...list(goldenCase, 'loras'), ...list(goldenCase, 'lycoris')];
  const active: ActiveLora[] = [];
  for (const { path, weight } of named) {
    const file = await goldenLora(context, model, path);
    const lora = { id: String(active.length), region: undefined, identity: path, file };
    active.push({ lora, strength: weight, isGated: false });
  }
  if (part === 'unet') await keepWeights(goldenCase, context, model, active);
  const layer = loraLayer(part, active);
  return layer ? [layer] : [];
}

function list({ params }: GoldenCase, name: string): readonly NamedLora[] {
  return (params[name] ?? []) as readonly NamedLora[];
}

function goldenLora(context: GoldenContext, model: LoadedModel, path: string): Promise<LoraDescription> {
  const { family, components } = model.description;
  const base = { family, components, textWidth: model.unetConfig.crossAttentionDim };
  return context.shared(`lora ${path}`, () => openLora(goldenPath(context, path), base, modelFiles));
}

async function keepWeights(
  { params }: GoldenCase,
  context: GoldenContext,
  model: LoadedModel,
  active: readonly ActiveLora[],
): Promise<void> {
  for (const name of (params['keep_weights'] ?? []) as readonly string[]) {
    const patches: WeightPatch[] = [];
    for (const { lora, strength } of active) {
      const module = lora.file.modules.find((candidate) => candidate.component === 'unet' && candidate.module === name);
      if (module) patches.push({ module, parts: await readParts(module), strength });
    }
    const weight = await model.weights('unet').read(`${name}.weight`, patches[0]!.module.shape);
    context.expect(`weight.${name}`, mergedWeight(weight, patches));
  }
}
