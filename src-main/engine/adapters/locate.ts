import type { KnownFile } from '../../contract/engine-messages.ts';
import { AppError } from '../../contract/errors.ts';
import type { Recipe, RecipeReference } from '../../contract/recipe.ts';
import { modelFiles } from '../files.ts';
import { modelPath } from '../model/model-library.ts';
import { modelName } from '../model/model-name.ts';
import { addOnPath, addOnTitles, hashText } from './add-on-path.ts';
import { inversionPath } from './embedding/open-inversions.ts';
import { fileHash } from './file-hash.ts';
import { loraPath } from './lora/lora-path.ts';

type AddOnKind = keyof typeof titles;

const titles = { ...addOnTitles, lora: 'LoRA', embedding: 'textual inversion' } as const;

export interface LocatedRecipe {
  readonly recipe: Recipe;
  /** A sentence for each file that is not there. */
  readonly missing: readonly string[];
}

/**
 * The recipe with the add-ons of this computer: one that is not where the recipe says, nor beside its model, is looked for among known files by
 * its hash, and where none has it by its name.
 */
export async function locateAddOns(recipe: Recipe, files: readonly KnownFile[]): Promise<LocatedRecipe> {
  const missing = new Set<string>();
  const home = modelPath(recipe.model);
  const locate = async <Name extends string | undefined>(kind: AddOnKind, name: Name, sha256?: string): Promise<Name | string> => {
    if (await isThere(kind, name, home)) return name;
    const own = files.filter((file) => file.kind === kind).map(({ path }) => path);
    const found = await findAmong(own, name, sha256);
    if (found === undefined)
      missing.add(`The ${titles[kind]}${name === undefined ? '' : ` ${name}`}${hashText(sha256)} is not on this computer.`);
    return found ?? name;
  };
  const loras = (list: Recipe['loras']) => inTurn(list, async (lora) => ({ ...lora, file: await locate('lora', lora.file, lora.sha256) }));
  const references = (list: Recipe['references']) =>
    inTurn(list, async (reference): Promise<RecipeReference> => {
      const model = await locate('ip-adapter', reference.model, reference.sha256);
      return model === undefined ? reference : { ...reference, model };
    });
  const located: Recipe = {
    ...recipe,
    loras: await loras(recipe.loras),
    references: await references(recipe.references),
    controls: await inTurn(recipe.controls, async (control) => ({
      ...control,
      model: await locate(control.kind, control.model, control.sha256),
    })),
    embeddings: await inTurn(recipe.embeddings, async (embedding) => ({
      ...embedding,
      file: await locate('embedding', embedding.file, embedding.sha256),
    })),
    regions: await inTurn(recipe.regions, async (region) => ({
      ...region,
      loras: await loras(region.loras),
      references: await references(region.references),
    })),
  };
  return { recipe: located, missing: [...missing] };
}

/** One after the other: hashes are read from one disk. */
async function inTurn<T, Result>(items: readonly T[], change: (item: T) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (const item of items) results.push(await change(item));
  return results;
}

/** Whether a job would find it by itself. */
async function isThere(kind: AddOnKind, name: string | undefined, home: string): Promise<boolean> {
  try {
    if (kind === 'lora') await loraPath(name ?? '', home, modelFiles);
    else if (kind === 'embedding') await inversionPath(name ?? '', home);
    else await addOnPath({ kind, name, modelPath: home }, modelFiles);
    return true;
  } catch (error) {
    if (error instanceof AppError && error.code === 'addOnMissing') return false;
    throw error;
  }
}

/** Files of the wanted name are hashed first. */
async function findAmong(paths: readonly string[], name: string | undefined, sha256: string | undefined): Promise<string | undefined> {
  const wanted = name === undefined ? undefined : label(name);
  const named = paths.filter((path) => label(path) === wanted);
  if (sha256 === undefined) return named[0];
  for (const path of new Set([...named, ...paths])) {
    const hash = await fileHash(path).catch(() => '');
    if (hash.startsWith(sha256)) return path;
  }
  return named[0];
}

/** What a file is called, in lower case and without its ending. */
function label(path: string): string {
  return modelName(path)
    .replace(/\.safetensors$/i, '')
    .toLowerCase();
}
