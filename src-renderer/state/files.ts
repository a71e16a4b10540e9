import { importPsd } from './layered-file.ts';
import { parentFolder } from './paths.ts';
import { addPictureLayer, fileStem, pictureFromBlob, placeFor } from './pictures.ts';
import type { HandedFile } from './bridge.ts';
import { applyRecipe } from './recall.ts';
import type { Studio } from './studio.svelte.ts';

const pngType = 'image/png';

const isModelName = (name: string): boolean => /\.(safetensors|gguf|ckpt|pt|bin|onnx)$/i.test(name);

function pictureType(name: string): string {
  const extension = /\.(\w+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
  return `image/${extension === 'jpg' ? 'jpeg' : extension}`;
}

/** A file that the desktop app handed over: its path is known, which a File of the page does not tell. */
export async function openHandedFile(studio: Studio, { name, path, bytes }: HandedFile): Promise<void> {
  if (!isModelName(name)) return openFiles(studio, [new File([bytes], name, { type: pictureType(name) })]);
  try {
    await addModel(studio, path);
  } catch (error) {
    studio.toasts.error(error);
  }
}

/** Files that were dropped, pasted or chosen: pictures become layers (with the offer to take over their recipe), documents are opened, models indexed. */
export async function openFiles(studio: Studio, files: readonly File[]): Promise<void> {
  for (const file of files) {
    try {
      if (/\.strata$/i.test(file.name)) await importDocument(studio, file);
      else if (isModelName(file.name)) await addModelFile(studio, file);
      else if (/\.psd$/i.test(file.name)) await importPsd(studio, file);
      else await addPicture(studio, file);
    } catch (error) {
      studio.toasts.error(error);
    }
  }
}

async function importDocument(studio: Studio, file: File): Promise<void> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const { value } = await studio.client.callWithBuffers('documents.import', { name: fileStem(file.name) }, [bytes]);
  await studio.openDocument(value.id);
}

async function addModelFile(studio: Studio, file: File): Promise<void> {
  const path = studio.bridge?.pathOfFile(file) ?? '';
  if (path === '') {
    studio.show('Models');
    studio.toasts.show('info', 'A browser does not tell where a file is. Type the path of its folder here.');
    return;
  }
  await addModel(studio, path);
}

async function addModel(studio: Studio, path: string): Promise<void> {
  const info = await studio.models.inspect(path);
  if (!info.usable) studio.toasts.show('warning', `${info.name} cannot be used. ${info.problems.join(' ')}`);
  await studio.models.addFolder(parentFolder(path));
  studio.show('Models');
}

async function addPicture(studio: Studio, file: File): Promise<void> {
  let surface;
  try {
    surface = await pictureFromBlob(file);
  } catch {
    studio.toasts.show('error', `${file.name} is not a picture that can be read. PNG, JPEG, WebP, GIF and AVIF work.`);
    return;
  }
  const name = fileStem(file.name);
  if (file.type === pngType) await offerRecipe(studio, new Uint8Array(await file.arrayBuffer()));
  addPictureLayer(studio.document, studio.canvas, surface, { at: placeFor(studio.document, studio.canvas, surface), name });
}

/** When a picture carries a recipe, says so and offers to use it. */
async function offerRecipe(studio: Studio, bytes: Uint8Array): Promise<void> {
  const { value } = await studio.client.callWithBuffers('picture.readRecipe', {}, [bytes]);
  const { recipe, problems } = value;
  if (recipe === null) return;
  const rest = problems.length === 0 ? '' : ` ${problems.join(' ')}`;
  studio.toasts.show('info', `This picture carries its recipe.${rest}`, {
    label: 'Use recipe',
    run: () => void applyRecipe(studio, recipe, 'all'),
  });
}
