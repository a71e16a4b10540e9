import { readdir } from 'node:fs/promises';
import type { ModelDescription } from '../../../../models/checkpoint/types.ts';
import { clipTextConfig } from '../../../../models/clip-text/config.ts';
import { openInversion, type InversionDescription, type InversionEncoder } from '../../../../models/textual-inversion/open-inversion.ts';
import { AppError } from '../../../contract/errors.ts';
import type { Recipe } from '../../../contract/recipe.ts';
import { modelFiles } from '../../files.ts';
import { fileIdentity } from '../file-identity.ts';
import { requireFinite } from '../finite-weights.ts';

/** A textual inversion that a recipe lists or a prompt names. */
export interface OpenInversion {
  readonly file: InversionDescription;
  /** What stands for it in prompts. */
  readonly words: readonly string[];
  /** The word that the recipe chose for it. */
  readonly word: string | undefined;
  readonly identity: string;
  /** The file that holds its vectors. */
  readonly source: string;
  /** SHA-256 that the recipe says it has. */
  readonly wanted: string | undefined;
}

/**
 * Opens the textual inversions that a recipe lists, and those of the `embeddings` folders in and up to three folders above the model whose file
 * name stands in a prompt. Throws AppError for a listed file that is missing, broken, or made for another model; a file that was only
 * found by its name and does not fit is left out.
 */
export async function openInversions(recipe: Recipe, description: ModelDescription): Promise<OpenInversion[]> {
  const opened: OpenInversion[] = [];
  for (const { file, word, sha256 } of recipe.embeddings) {
    opened.push({ ...(await open(await inversionPath(file, description.path), word, description)), wanted: sha256 });
  }
  const listed = new Set(opened.flatMap(({ words }) => words.map((word) => word.toLowerCase())));
  for (const path of await namedFiles(recipe, description.path)) {
    if (listed.has(stemOf(path).toLowerCase())) continue;
    const found = await open(path, undefined, description).catch((error: unknown) => {
      if (error instanceof AppError) return undefined;
      throw error;
    });
    if (found) opened.push(found);
  }
  return opened;
}

/** Reads all vectors through. Throws AppError `nonFiniteWeights` for a damaged file. */
export async function checkInversions(inversions: readonly OpenInversion[]): Promise<void> {
  for (const { file, identity } of inversions) await requireFinite(file.path, 'textual inversion', identity, new Map(file.vectors));
}

async function open(path: string, word: string | undefined, { family, components }: ModelDescription): Promise<OpenInversion> {
  const widths = new Map<InversionEncoder, number>();
  for (const encoder of ['text_encoder', 'text_encoder_2'] as const) {
    const component = components[encoder];
    if (component) widths.set(encoder, clipTextConfig(component.config).width);
  }
  const file = await openInversion(path, { family, widths }, modelFiles);
  const [first] = file.vectors.values();
  const identity = await fileIdentity(file.path, new Map(file.vectors));
  return { file, words: word === undefined ? file.words : [word], word, identity, source: first?.file ?? file.path, wanted: undefined };
}

/** Files of the embeddings folders whose name is a word of a prompt. */
async function namedFiles(recipe: Recipe, modelPath: string): Promise<string[]> {
  const regions = recipe.regions.flatMap(({ prompt, negative }) => [prompt, negative]);
  const text = [recipe.prompt, recipe.negative ?? '', ...regions].join('\n').toLowerCase();
  const found: string[] = [];
  for (const folder of embeddingFolders(modelPath)) {
    const names = await readdir(folder).catch(() => []);
    for (const name of names.toSorted()) {
      if (name.endsWith('.safetensors') && text.includes(stemOf(name).toLowerCase())) found.push(`${folder}/${name}`);
    }
  }
  return found;
}

/** A path, or a name that lies in an embeddings folder; a path of another computer is looked for by its name. */
export async function inversionPath(name: string, modelPath: string): Promise<string> {
  if ((await modelFiles.kind(name)) !== 'missing') return name;
  const last = name.replace(/^.*[/\\]/, '');
  const file = last.endsWith('.safetensors') ? last : `${last}.safetensors`;
  const places = embeddingFolders(modelPath).map((folder) => `${folder}/${file}`);
  for (const place of places) if ((await modelFiles.kind(place)) === 'file') return place;
  const message = `There is no textual inversion "${name}": expected a file, or one of ${places.join(', ')}.`;
  throw new AppError('addOnMissing', message, { kind: 'textual-inversion', name, places });
}

function embeddingFolders(modelPath: string): string[] {
  const own = modelPath.replace(/[/\\]+$/, '');
  const parent = parentOf(own);
  const above = parentOf(parent);
  return [own, parent, above, parentOf(above)].map((base) => `${base}/embeddings`);
}

function parentOf(path: string): string {
  return path.replace(/(^|[/\\])[^/\\]+$/, '') || '.';
}

function stemOf(path: string): string {
  return path.replace(/^.*[/\\]/, '').replace(/\.[^.]+$/, '');
}
