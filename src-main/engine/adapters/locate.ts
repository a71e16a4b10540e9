import type { KnownFile } from '../../contract/engine-messages.ts';
import { AppError } from '../../contract/errors.ts';
import type { Recipe, RecipeReference } from '../../contract/recipe.ts';
import { modelFiles } from '../files.ts';
import { describeModel, modelPath } from '../model/model-library.ts';
import { modelName } from '../model/model-name.ts';
import { addOnPath, addOnTitles, hashText } from './add-on-path.ts';
import { inversionPath } from './embedding/open-inversions.ts';
import { fileHash, knownHash } from './file-hash.ts';
import { loraPath } from './lora/lora-path.ts';
import { weightsFile } from './resolve-recipe.ts';

type FileKind = keyof typeof titles;

const titles = { ...addOnTitles, checkpoint: 'model', lora: 'LoRA', embedding: 'textual inversion' } as const;

export interface LocatedRecipe {
  readonly recipe: Recipe;
  /** A sentence for each file that is not there. */
  readonly missing: readonly string[];
}

/**
 * The recipe with the files of this computer: a model or add-on that is not where the recipe says, nor an add-on beside its model, is looked
 * for among known files by its hash, and where none has it by its name.
 */
export async function locateRecipe(recipe: Recipe, files: readonly KnownFile[]): Promise<LocatedRecipe> {
  const missing = new Set<string>();
  const beside =
    (home: string) =>
    async <Name extends string | undefined>(kind: FileKind, name: Name, sha256?: string): Promise<Name | string> => {
      if (await isThere(kind, name, home)) return name;
      const own = files.filter((file) => file.kind === kind).map(({ path }) => path);
      const found = await findAmong(kind, own, name, sha256);
      if (found === undefined)
        missing.add(`The ${titles[kind]}${name === undefined ? '' : ` ${name}`}${hashText(sha256)} is not on this computer.`);
      return found ?? name;
    };
  const model = await beside(modelPath(recipe.model))('checkpoint', recipe.model, recipe.modelSha256);
  const locate = beside(modelPath(model));
  const loras = (list: Recipe['loras']) => inTurn(list, async (lora) => ({ ...lora, file: await locate('lora', lora.file, lora.sha256) }));
  const references = (list: Recipe['references']) =>
    inTurn(list, async (reference): Promise<RecipeReference> => {
      const adapter = await locate('ip-adapter', reference.model, reference.sha256);
      return adapter === undefined ? reference : { ...reference, model: adapter };
    });
  const located: Recipe = {
    ...recipe,
    model,
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
async function isThere(kind: FileKind, name: string | undefined, home: string): Promise<boolean> {
  try {
    if (kind === 'checkpoint') return (await modelFiles.kind(home)) !== 'missing';
    if (kind === 'lora') await loraPath(name ?? '', home, modelFiles);
    else if (kind === 'embedding') await inversionPath(name ?? '', home);
    else await addOnPath({ kind, name, modelPath: home }, modelFiles);
    return true;
  } catch (error) {
    if (error instanceof AppError && error.code === 'addOnMissing') return false;
    throw error;
  }
}

/** Files of the wanted name are hashed first; of other models only the hashes that are known, since a folder of models takes minutes to read. */
async function findAmong(
  kind: FileKind,
  paths: readonly string[],
  name: string | undefined,
  sha256: string | undefined,
): Promise<string | undefined> {
  const wanted = name === undefined ? undefined : label(name);
  const named = paths.filter((path) => label(path) === wanted);
  if (sha256 === undefined) return named[0];
  for (const path of new Set([...named, ...paths])) {
    const hash = await hashOf(kind, path, named.includes(path)).catch(() => undefined);
    if (hash?.startsWith(sha256)) return path;
  }
  return named[0];
}

async function hashOf(kind: FileKind, path: string, isNamed: boolean): Promise<string | undefined> {
  if (kind !== 'checkpoint') return fileHash(path);
  const file = weightsFile(await describeModel(path));
  return isNamed ? fileHash(file) : knownHash(file);
}

/** What a file is called, in lower case and without its ending. */
function label(path: string): string {
  return modelName(path)
    .replace(/\.safetensors$/i, '')
    .toLowerCase();
}
