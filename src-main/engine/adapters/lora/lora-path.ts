import type { ModelIo } from '../../../../models/checkpoint/types.ts';
import { AppError } from '../../../contract/errors.ts';

const folders = ['', 'loras', 'lora', 'Lora', 'LoRA'];

/**
 * The file of a LoRA: a path, or a name such as a prompt gives it, looked for beside the model and in folders for LoRAs there and next
 * to the model's folder. A path of another computer is looked for by its name. Throws AppError `addOnMissing` with the places that were
 * looked at.
 */
export async function loraPath(name: string, modelPath: string, io: ModelIo): Promise<string> {
  if ((await io.kind(name)) !== 'missing') return name;
  const places = placesFor(name.replace(/^.*[/\\]/, ''), modelPath);
  for (const place of places) if ((await io.kind(place)) === 'file') return place;
  const message = `There is no LoRA "${name}": expected a file, or one of ${places.slice(0, 4).join(', ')} …`;
  throw new AppError('addOnMissing', message, { kind: 'lora', name, places });
}

function placesFor(name: string, modelPath: string): string[] {
  const own = modelPath.replace(/[/\\]+$/, '');
  const parents = [parentOf(own), parentOf(parentOf(own))];
  const file = name.endsWith('.safetensors') ? name : `${name}.safetensors`;
  return [own, ...parents].flatMap((folder) => folders.map((sub) => [folder, sub, file].filter((part) => part !== '').join('/')));
}

function parentOf(path: string): string {
  return path.replace(/(^|[/\\])[^/\\]+$/, '') || '.';
}
