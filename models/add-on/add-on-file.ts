import { readFolderTensors } from '../checkpoint/component-folder.ts';
import type { FileEntry } from '../checkpoint/component-weights.ts';
import { readJsonObject } from '../checkpoint/read-json.ts';
import { refusePickle } from '../checkpoint/refusal.ts';
import type { JsonObject, ModelIo } from '../checkpoint/types.ts';
import { addOnRefusal } from './refusal.ts';

/** An add-on's file or folder by its headers. */
export interface AddOnFile {
  readonly path: string;
  readonly tensors: ReadonlyMap<string, FileEntry>;
  /** The config.json beside the weights, where there is one. */
  readonly config: JsonObject | undefined;
}

/**
 * Reads the headers of a folder as diffusers writes it, or of a single safetensors file; a file of the folder's own name counts as the
 * folder. Throws AppError for what is missing, broken or a pickle.
 * @param base file name of the weights in a folder, without ending
 */
export async function readAddOn(path: string, base: string, io: ModelIo): Promise<AddOnFile> {
  const clean = path.replace(/(?<=.)[/\\]+$/, '');
  const kind = await io.kind(clean);
  if (kind === 'missing') throw addOnRefusal('addOnMissing', clean, 'There is no such file or folder.');
  if (kind === 'folder') {
    const config = await readJsonObject(io, `${clean}/config.json`);
    const single = await singleFile(clean, base, io);
    const tensors = single === undefined ? await readFolderTensors(clean, base, io) : await fileTensors(single, io);
    return { path: clean, tensors, config };
  }
  refusePickle(clean);
  const [, folder = '.', name = ''] = /^(?:(.*)[/\\])?([^/\\]+)$/.exec(clean) ?? [];
  const config = name.startsWith(`${base}.`) ? await readJsonObject(io, `${folder}/config.json`) : undefined;
  return { path: clean, tensors: await fileTensors(clean, io), config };
}

async function fileTensors(file: string, io: ModelIo): Promise<Map<string, FileEntry>> {
  const { tensors } = await io.header(file);
  return new Map([...tensors].map(([name, entry]) => [name, { file, ...entry }]));
}

/** The only safetensors file of a folder, where none has the usual name. */
async function singleFile(folder: string, base: string, io: ModelIo): Promise<string | undefined> {
  const names = (await io.list(folder)).filter((name) => name.endsWith('.safetensors'));
  return names.length === 1 && !names[0]!.startsWith(`${base}.`) ? `${folder}/${names[0]!}` : undefined;
}
