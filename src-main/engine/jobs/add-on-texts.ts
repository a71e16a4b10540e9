import { projectedTokens } from '../../../models/ip-adapter/projection-config.ts';
import { visionTokens } from '../../../models/clip-vision/config.ts';
import type { MaskSource, Recipe } from '../../contract/recipe.ts';
import { composedParts } from '../../core/prompt/composable.ts';
import { parsePrompt } from '../../core/prompt/parse-prompt.ts';
import type { AddOns, OpenControl, OpenReference } from '../adapters/add-ons.ts';
import type { OpenInversion } from '../adapters/embedding/open-inversions.ts';
import type { OpenLora } from '../adapters/lora/open-loras.ts';
import { rangeOf } from './references.ts';

/** What a recipe adds to its model, a sentence each: what was found in the files, and how it acts. */
export function addOnTexts(recipe: Recipe, { controls, references, loras, inversions }: AddOns): string[] {
  return [
    ...composedTexts(recipe),
    ...loras.map(loraText),
    ...inversions.map(inversionText),
    ...controls.map(controlText),
    ...references.map((reference) => referenceText(reference, recipe)),
  ];
}

function composedTexts({ prompt, syntax }: Recipe): string[] {
  const parts = composedParts(parsePrompt(prompt, syntax));
  return parts.length === 1
    ? []
    : [`prompt: ${parts.length} joined by AND, predicted one by one, weights ${parts.map(({ weight }) => weight).join(', ')}`];
}

function loraText({ file, strength, textStrength, region }: OpenLora): string {
  const layersOf = (isUnet: boolean) => file.modules.filter(({ component }) => (component === 'unet') === isUnet).length;
  const kinds = new Map<string, number>();
  for (const { kind, dora } of file.modules) {
    const name = `${kind}${dora === undefined ? '' : ' with DoRA'}`;
    kinds.set(name, (kinds.get(name) ?? 0) + 1);
  }
  const counts = [...kinds].map(([name, count]) => `${count} ${name}`).join(', ');
  const where = region === undefined ? '' : ` in region ${region + 1}`;
  const unmatched = file.unmatched.length === 0 ? '' : `; ${file.unmatched.length} tensors have no place in this model`;
  return `LoRA ${file.path} at ${strength} (text ${textStrength})${where}: ${layersOf(true)} layers of the UNet, ${layersOf(false)} of the text encoders (${counts})${unmatched}`;
}

function inversionText({ file, words }: OpenInversion): string {
  return `embedding ${file.path}: ${file.count} ${file.count === 1 ? 'vector' : 'vectors'} for ${words.map((word) => `"${word}"`).join(', ')}`;
}

function controlText({ kind, file, recipe }: OpenControl, index: number): string {
  const title = kind === 'controlnet' ? `ControlNet ${file.path}, ${recipe.mode}` : `T2I-Adapter ${file.path}`;
  return `control ${index + 1}: ${title}, strength ${recipe.strength}${actingText(recipe.range, recipe.mask)}`;
}

function referenceText(reference: OpenReference, recipe: Recipe): string {
  const { id, adapter, encoder, recipe: own } = reference;
  const tokens = projectedTokens(adapter.projection, visionTokens(encoder.config));
  const acting = actingText(rangeOf(reference, recipe), own.mask);
  return `${id}: IP-Adapter ${adapter.path} (${adapter.projection.kind}, ${tokens} tokens) with ${encoder.path}, weight ${own.weight}, ${own.method}${acting}`;
}

function actingText([begin, end]: readonly [number, number], mask: MaskSource | undefined): string {
  return `${begin === 0 && end === 1 ? '' : `, steps from ${begin} to before ${end}`}${mask ? ', masked' : ''}`;
}
