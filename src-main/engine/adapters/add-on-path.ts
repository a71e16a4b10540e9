import { AppError } from '../../contract/errors.ts';
import type { ModelIo } from '../../../models/checkpoint/types.ts';

export type AddOnKind = 'controlnet' | 't2i-adapter' | 'ip-adapter';

export const addOnTitles: Readonly<Record<AddOnKind, string>> = {
  controlnet: 'ControlNet',
  't2i-adapter': 'T2I-Adapter',
  'ip-adapter': 'IP-Adapter',
};

export interface AddOnSearch {
  readonly kind: AddOnKind;
  /** A path, or a name such as `lines` for the folder `controlnet-lines`; without one the only add-on of its kind. */
  readonly name: string | undefined;
  /** The model it is for: its companions lie in its folder or beside it. */
  readonly modelPath: string;
  /** SHA-256 that the recipe says it has, for the message. */
  readonly sha256?: string | undefined;
}

/**
 * The file or folder of an add-on that a recipe names; a path of another computer is looked for by its name. Throws AppError `addOnMissing` with
 * the places that were looked at.
 */
export async function addOnPath({ kind, name, modelPath, sha256 }: AddOnSearch, io: ModelIo): Promise<string> {
  if (name !== undefined && (await io.kind(name)) !== 'missing') return name;
  const home = modelPath.replace(/(?<=.)[/\\]+$/, '');
  const folders = [home, home.replace(/(^|[/\\])[^/\\]+$/, '') || '.'];
  const last = name?.replace(/[/\\]+$/, '').replace(/^.*[/\\]/, '');
  const names = last === undefined ? [kind] : [`${kind}-${last}`, `${kind}/${last}`, ...(last === name ? [] : [last])];
  const places = folders.flatMap((folder) => names.map((candidate) => `${folder}/${candidate}`));
  for (const place of places) if ((await io.kind(place)) !== 'missing') return place;
  const title = addOnTitles[kind];
  const wanted = name === undefined ? `The recipe names no ${title}, and none lies beside the model` : `There is no ${title} "${name}"`;
  const message = `${wanted}${hashText(sha256)}: expected a file or folder, or one of ${places.join(', ')}.`;
  throw new AppError('addOnMissing', message, { kind, name: name ?? null, places });
}

/** The first digits of a hash in brackets, for a message. */
export function hashText(sha256: string | undefined): string {
  return sha256 === undefined ? '' : ` (SHA-256 ${sha256.slice(0, 12)}…)`;
}
