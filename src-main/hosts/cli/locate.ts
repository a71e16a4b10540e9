import { dataFolderPath, dataLayout } from '../../studio/files/data-folder.ts';
import { nodeFileSystem } from '../../studio/files/file-system.ts';
import { walkModels } from '../../studio/model-index.ts';
import { SettingsFile } from '../../studio/settings-file.ts';
import type { KnownFile } from '../../contract/engine-messages.ts';
import type { EngineSession } from './engine-session.ts';
import { inspectOrExplain } from './inspect-file.ts';
import type { ImportedRecipe } from './recipe-files.ts';

/** The recipe of a file with the model and the add-ons of this computer: those that lie elsewhere are looked for in the user's models folders. */
export async function locateFiles(engine: EngineSession, imported: ImportedRecipe, note: (text: string) => void): Promise<ImportedRecipe> {
  const locate = async (files: KnownFile[]) => (await engine.request({ kind: 'locate', recipe: imported.recipe, files })).value;
  const first = await locate([]);
  if (first.missing.length === 0) return imported;
  const found: KnownFile[] = [];
  const settings = new SettingsFile(nodeFileSystem, dataLayout(dataFolderPath()).settings);
  await settings.load();
  for (const folder of settings.get().modelFolders) {
    for await (const { path } of walkModels(folder, new AbortController().signal)) {
      if (!path.endsWith('.safetensors')) continue;
      const { kind, usable } = await inspectOrExplain(engine, path);
      if (usable) found.push({ path, kind });
    }
  }
  const { recipe, missing } = await locate(found);
  for (const text of missing) note(text);
  return { ...imported, recipe };
}
