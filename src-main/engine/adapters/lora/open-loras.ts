import { isPlain, type LoraModule } from '../../../../models/lora/module.ts';
import { openLora, type LoraDescription } from '../../../../models/lora/open-lora.ts';
import type { ModelDescription, WeightLocation } from '../../../../models/checkpoint/types.ts';
import { unetConfig } from '../../../../models/unet/config.ts';
import type { Recipe, RecipeLora } from '../../../contract/recipe.ts';
import { parsePrompt } from '../../../core/prompt/parse-prompt.ts';
import { modelFiles } from '../../files.ts';
import { fileIdentity } from '../file-identity.ts';
import { requireFinite } from '../finite-weights.ts';
import { loraPath } from './lora-path.ts';

/** A LoRA of the recipe or of one of its regions, with its opened file. */
export interface OpenLora {
  /** Names its weights and inputs in a graph. */
  readonly id: string;
  /** Index of the region it belongs to; undefined acts everywhere. */
  readonly region: number | undefined;
  readonly strength: number;
  /** On the text encoders. */
  readonly textStrength: number;
  readonly identity: string;
  /** The file that holds its tensors. */
  readonly source: string;
  readonly file: LoraDescription;
  /** SHA-256 that the recipe says it has. */
  readonly wanted: string | undefined;
}

type LoraFile = Pick<OpenLora, 'file' | 'identity' | 'source'>;

/** Where a LoRA is asked for and how strongly. */
interface WantedLora extends RecipeLora {
  readonly region: number | undefined;
}

/**
 * Opens the LoRAs that a recipe lists and those that its prompts name (`<lora:name:weight>`), for its model; a file named twice is read
 * once. Throws AppError for a file that is missing, broken, no LoRA, or made for another model.
 */
export async function openLoras(recipe: Recipe, description: ModelDescription): Promise<OpenLora[]> {
  const opened = new Map<string, Promise<LoraFile>>();
  const loras: OpenLora[] = [];
  for (const { file: name, weight, textWeight = weight, sha256: wanted, region } of wantedLoras(recipe)) {
    const path = await loraPath(name, description.path, modelFiles);
    const opening = opened.get(path) ?? openFile(path, description);
    opened.set(path, opening);
    loras.push({ id: String(loras.length), region, strength: weight, textStrength: textWeight, wanted, ...(await opening) });
  }
  return loras;
}

function wantedLoras(recipe: Recipe): WantedLora[] {
  const named = (text: string, region: number | undefined): WantedLora[] =>
    parsePrompt(text, recipe.syntax).loras.map(({ name, weight, textWeight }) => ({
      file: name,
      weight,
      ...(textWeight !== undefined && { textWeight }),
      region,
    }));
  const global = [...recipe.loras.map((lora) => ({ ...lora, region: undefined })), ...named(recipe.prompt, undefined)];
  const local = recipe.regions.flatMap(({ loras, prompt }, region) => [
    ...loras.map((lora) => ({ ...lora, region })),
    ...named(prompt, region),
  ]);
  return [...global, ...local];
}

async function openFile(path: string, description: ModelDescription): Promise<LoraFile> {
  const { family, components } = description;
  const file = await openLora(path, { family, components, textWidth: unetConfig(components.unet?.config).crossAttentionDim }, modelFiles);
  const weights = partWeights(file);
  const [first] = weights.values();
  return { file, source: first?.file ?? file.path, identity: await fileIdentity(file.path, weights) };
}

/** Reads all weights of the LoRAs through. Throws AppError `nonFiniteWeights` for a damaged file. */
export async function checkLoras(loras: readonly OpenLora[]): Promise<void> {
  for (const { file, identity } of loras) await requireFinite(file.path, 'LoRA', identity, partWeights(file));
}

function partWeights({ modules }: LoraDescription): Map<string, WeightLocation> {
  const weights = new Map<string, WeightLocation>();
  for (const { component, module, parts } of modules) {
    for (const [part, location] of parts) weights.set(`${component}.${module} (${part})`, location);
  }
  return weights;
}

/** Whether a module runs as two thin layers beside its own; embeddings and norms have no such place. */
export function runsBeside(module: LoraModule): boolean {
  return isPlain(module) && (module.shape.length === 2 || module.shape.length === 4) && !module.module.endsWith('_embedding');
}

/** What does not act, as sentences for the user. */
export function loraNotes(loras: readonly OpenLora[]): string[] {
  const notes = new Set(loras.flatMap(({ file }) => file.notes));
  for (const { file, region } of loras) {
    if (region === undefined) continue;
    const left = file.modules.filter(({ component, shape, module }) => component === 'unet' && (shape.length === 1 || module.includes('time_emb'))); // prettier-ignore
    if (left.length === 0) continue;
    const name = file.path.replace(/^.*[/\\]/, '');
    notes.add(`${left.length} layers of the LoRA ${name} act on no pixel (norms and time) and are left out in region ${region + 1}.`);
  }
  return [...notes];
}
