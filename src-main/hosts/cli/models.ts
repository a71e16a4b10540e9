import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { AppError } from '../../contract/errors.ts';
import { networks } from '../../contract/filters.ts';
import { starterId } from '../../contract/recipe.ts';
import type { ModelInfo } from '../../contract/reports.ts';
import { dataFolderPath, dataLayout } from '../../studio/files/data-folder.ts';
import { nodeFileSystem } from '../../studio/files/file-system.ts';
import { acquireWriterLock } from '../../studio/files/writer-lock.ts';
import { walkModels } from '../../studio/model-index.ts';
import { SettingsFile } from '../../studio/settings-file.ts';
import type { Command } from './command.ts';
import { EngineSession } from './engine-session.ts';
import { formatBytes, wordLines } from './format.ts';
import { inspectOrExplain } from './inspect-file.ts';
import type { Output } from './output.ts';
import { parseOptions, UsageError } from './usage.ts';

export const modelsCommand: Command = {
  help: {
    usage: 'strata models [list | add FOLDER | inspect FILE | vocabulary [FOLDER]]',
    summary: 'Lists the models in your folders, adds a folder to look in (nothing is copied or written there), or says what a file is.',
    options: [
      ['list', 'Every model with family, precision, size and problems (default)'],
      ['add FOLDER', 'Look for models in this folder too, such as that of A1111, ComfyUI or InvokeAI'],
      ['inspect FILE|FOLDER', 'What a file or diffusers folder is, and whether it can be used'],
      ['vocabulary [FOLDER]', 'The words that a model knows, where it knows no others; of the starter model by default'],
    ],
  },

  async run(args, { output, isVerbose }) {
    const { positionals } = parseOptions(args, {});
    const [action = 'list', path, ...extra] = positionals;
    if (extra.length > 0) throw new UsageError(`models ${action} takes at most one path; found "${extra[0]}" as well.`);
    if (action === 'add') return addFolder(requirePath(action, path), output);
    if (action === 'vocabulary') return await vocabulary(path ?? starterId, output, isVerbose);
    if (action !== 'list' && action !== 'inspect')
      throw new UsageError(`models takes list, add, inspect or vocabulary; found "${action}".`);
    if (action === 'list' && path !== undefined) throw new UsageError(`models list takes no path; found "${path}".`);
    const inspected = action === 'inspect' ? requirePath(action, path) : null;
    await using engine = new EngineSession(output, { isVerbose });
    if (inspected === null) return await list(engine, output);
    const { value } = await engine.request({ kind: 'inspect', path: modelNamed(inspected) });
    output.result('model', value, modelText(value));
    return value.usable ? 0 : 1;
  },
};

function requirePath(action: string, path: string | undefined): string {
  if (path === undefined) throw new UsageError(`models ${action} needs a path.`);
  return path;
}

function modelNamed(name: string): string {
  return name === starterId ? name : resolve(name);
}

async function vocabulary(name: string, output: Output, isVerbose: boolean): Promise<number> {
  await using engine = new EngineSession(output, { isVerbose });
  const { value } = await engine.request({ kind: 'inspect', path: modelNamed(name) });
  const { vocabulary: words, usable } = value;
  const text =
    usable && words.length === 0 ? `${value.name} has no list of words: it was trained on text of every kind.` : modelText(value);
  output.result('vocabulary', { name: value.name, words }, words.length > 0 ? wordLines(words, 100) : text);
  return usable ? 0 : 1;
}

async function list(engine: EngineSession, output: Output): Promise<number> {
  const settings = new SettingsFile(nodeFileSystem, dataLayout(dataFolderPath()).settings);
  const notice = await settings.load();
  if (notice) output.note(notice);
  const show = async (path: string) => {
    const info = await inspectOrExplain(engine, path);
    output.result('model', info, modelText(info));
  };
  await show(starterId);
  for (const info of (await engine.request({ kind: 'companions', model: starterId })).value) output.result('model', info, modelText(info));
  const { modelFolders } = settings.get();
  for (const folder of modelFolders) for await (const { path } of walkModels(folder, new AbortController().signal)) await show(path);
  if (modelFolders.length === 0) output.note('No folders yet. Add one with: strata models add FOLDER');
  return 0;
}

async function addFolder(path: string, output: Output): Promise<number> {
  const folder = resolve(path);
  const found = statSync(folder, { throwIfNoEntry: false });
  if (!found?.isDirectory())
    throw new AppError('folderMissing', `${folder} must be a folder; there is ${found ? 'a file' : 'nothing'}.`, { path: folder });
  const layout = dataLayout(dataFolderPath());
  await nodeFileSystem.makeFolder(layout.folder);
  const lock = acquireWriterLock(layout.lock);
  if (!lock)
    throw new AppError('readOnly', 'Strata is open in a window and keeps the list of folders: add the folder there.', { path: folder });
  try {
    const settings = new SettingsFile(nodeFileSystem, layout.settings);
    const notice = await settings.load();
    if (notice) output.note(notice);
    const modelFolders = [...new Set([...settings.get().modelFolders, folder])];
    await settings.set({ modelFolders });
    output.result('folders', { modelFolders }, `Models are looked for in ${modelFolders.join(', ')}`);
    return 0;
  } finally {
    lock.release();
  }
}

function modelText({ name, path, kind, family, network, precision, bytes, usable, problems }: ModelInfo): string {
  const fits = network === null ? (family ?? 'unknown family') : networks[network].title.toLowerCase();
  const facts = [fits, kind, precision ?? '', bytes > 0 ? formatBytes(bytes) : ''].filter((part) => part !== '');
  return [`${usable ? 'ok  ' : 'no  '} ${name}  ${facts.join(', ')}`, `     ${path}`, ...problems.map((problem) => `     ${problem}`)].join(
    '\n',
  );
}
