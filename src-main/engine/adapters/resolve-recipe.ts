import type { ModelDescription } from '../../../models/checkpoint/types.ts';
import type { Recipe, RecipeControl, RecipeEmbedding, RecipeLora, RecipeReference } from '../../contract/recipe.ts';
import { withoutLoras } from '../../core/prompt/parse-prompt.ts';
import { addOnTitles } from './add-on-path.ts';
import type { AddOns, OpenControl, OpenReference } from './add-ons.ts';
import type { OpenInversion } from './embedding/open-inversions.ts';
import { fileHash } from './file-hash.ts';
import type { OpenLora } from './lora/open-loras.ts';

export interface ResolvedRecipe {
  readonly recipe: Recipe;
  /** Files that are others than those the recipe was drawn with. */
  readonly notes: readonly string[];
}

/**
 * The recipe with the files that it only named: a LoRA of the prompt (`<lora:name:0.8>`) moves into the list with its path, its weights
 * and its hash, and an embedding that was found by its word is listed. Controls and references that act get their hash. It draws the same
 * picture wherever these files are.
 */
export async function resolveRecipe(recipe: Recipe, { controls, references, loras, inversions }: AddOns): Promise<ResolvedRecipe> {
  const notes: string[] = [];
  const prompt = (text: string) => withoutLoras(text, recipe.syntax);
  const listOf = (region: number | undefined) =>
    Promise.all(loras.filter((lora) => lora.region === region).map((lora) => listedLora(lora, notes)));
  const withHashes = <Guide extends RecipeControl | RecipeReference>(guides: readonly Guide[]) =>
    Promise.all(guides.map((guide) => withHash(guide, [...controls, ...references].find((open) => open.recipe === guide), notes))); // prettier-ignore
  const regions = await Promise.all(
    recipe.regions.map(async (region, i) => ({
      ...region,
      prompt: prompt(region.prompt),
      loras: await listOf(i),
      references: await withHashes(region.references),
    })),
  );
  const embeddings = await Promise.all(inversions.map((inversion) => listedEmbedding(inversion, notes)));
  const resolved: Recipe = {
    ...recipe,
    prompt: prompt(recipe.prompt),
    loras: await listOf(undefined),
    regions,
    embeddings,
    controls: await withHashes(recipe.controls),
    references: await withHashes(recipe.references),
  };
  return { recipe: resolved, notes };
}

/** A control or reference with the hash of its file; what never acts was not opened and stays as it is. */
async function withHash<Guide extends RecipeControl | RecipeReference>(
  guide: Guide,
  open: OpenControl | OpenReference | undefined,
  notes: string[],
): Promise<Guide> {
  if (!open) return guide;
  const sha256 = await fileHash(open.source);
  const [what, file] = 'adapter' in open ? ['IP-Adapter', open.adapter] : [addOnTitles[open.kind], open.file];
  notes.push(...otherFile(what, file.path, guide.sha256, sha256));
  return { ...guide, sha256 };
}

async function listedLora({ file, source, strength, textStrength, wanted }: OpenLora, notes: string[]): Promise<RecipeLora> {
  const sha256 = await fileHash(source);
  notes.push(...otherFile('LoRA', file.path, wanted, sha256));
  return { file: file.path, weight: strength, ...(textStrength !== strength && { textWeight: textStrength }), sha256 };
}

async function listedEmbedding({ file, source, word, wanted }: OpenInversion, notes: string[]): Promise<RecipeEmbedding> {
  const sha256 = await fileHash(source);
  notes.push(...otherFile('textual inversion', file.path, wanted, sha256));
  return { file: file.path, ...(word !== undefined && { word }), sha256 };
}

/** The recipe with the hash of its model. Large files take seconds when they are read for the first time. */
export async function withModelHash({ recipe, notes }: ResolvedRecipe, model: ModelDescription): Promise<ResolvedRecipe> {
  const modelSha256 = await fileHash(weightsFile(model));
  return { recipe: { ...recipe, modelSha256 }, notes: [...otherFile('model', model.path, recipe.modelSha256, modelSha256), ...notes] };
}

/** The file of a model that tells it from others: that of its UNet. */
export function weightsFile({ path, components }: ModelDescription): string {
  const [weight] = components.unet?.weights.values() ?? [];
  return weight?.file ?? path;
}

function otherFile(what: string, path: string, expected: string | undefined, found: string): string[] {
  if (expected === undefined || found.startsWith(expected)) return [];
  return [
    `The ${what} ${path} is not the file that this recipe was drawn with (SHA-256 ${expected.slice(0, 12)}… expected, ${found.slice(0, 12)}… found): the picture will differ.`,
  ];
}
