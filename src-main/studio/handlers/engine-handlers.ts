import { AppError } from '../../contract/errors.ts';
import { recipeAssets } from '../recipe-assets.ts';
import type { Recipe } from '../../contract/recipe.ts';
import type { Studio } from '../studio.ts';
import type { HandlersOf } from './handler-types.ts';

type EngineGroups = HandlersOf<'studio'> & HandlersOf<'recipe'> & HandlersOf<'models'> & HandlersOf<'settings'> & HandlersOf<'engine'>;

/** What the engine is asked for, and the settings that it depends on. */
export function engineHandlers(studio: Studio): EngineGroups {
  const { engine, models, settings, library } = studio;
  const withAssets = (recipe: Recipe) => ({
    recipe,
    assets: Object.fromEntries(recipeAssets(recipe).map((id) => [id, library.assetPath(id) ?? ''])),
  });
  const setFolders = async (folders: readonly string[]) => {
    const saved = await settings.set({ modelFolders: [...folders] });
    studio.emit({ kind: 'settings', settings: saved });
    void models.rescan(saved.modelFolders);
    return {};
  };
  return {
    'studio.state': () => studio.state(),
    'recipe.plan': async ({ recipe }) => (await engine.request({ kind: 'plan', ...withAssets(recipe) })).value,
    'recipe.describe': async ({ recipe }) => (await engine.request({ kind: 'describe', ...withAssets(recipe) })).value,
    'models.list': () => models.list(),
    'models.addFolder': async ({ path }) => {
      const found = await studio.files.stat(path);
      if (!found || found.isFile)
        throw new AppError('folderMissing', `${path} must be a folder; there is ${found ? 'a file' : 'nothing'}.`, { path });
      return setFolders([...new Set([...settings.get().modelFolders, path])]);
    },
    'models.removeFolder': ({ path }) => setFolders(settings.get().modelFolders.filter((folder) => folder !== path)),
    'models.rescan': () => {
      void models.rescan(settings.get().modelFolders);
      return {};
    },
    'models.inspect': async ({ path }) => (await engine.request({ kind: 'inspect', path })).value,
    'settings.get': () => settings.get(),
    'settings.set': async (changes) => {
      const saved = await settings.set(changes);
      studio.emit({ kind: 'settings', settings: saved });
      if (changes.modelFolders) void models.rescan(saved.modelFolders);
      return saved;
    },
    'engine.restart': () => {
      engine.restart();
      return engine.state();
    },
    'engine.doctor': async ({ device }) => (await engine.request({ kind: 'doctor', device })).value,
  };
}
