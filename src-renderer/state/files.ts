import { parentFolder } from './paths.ts';
import { addPictureLayer, fileStem, pictureFromBlob, placeFor } from './pictures.ts';
import { applyRecipe } from './recall.ts';
import type { Studio } from './studio.svelte.ts';

const pngType = 'image/png';

/** Files that were dropped, pasted or chosen: pictures become layers (with the offer to take over their recipe), documents are opened, models indexed. */
export async function openFiles(studio: Studio, files: readonly File[]): Promise<void> {
  for (const file of files) {
    try {
      if (/\.strata$/i.test(file.name)) await importDocument(studio, file);
      else if (/\.(safetensors|gguf|ckpt|pt|bin)$/i.test(file.name)) await addModelFile(studio, file);
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
    studio.toasts.show('info', 'A browser does not tell where a file lies. Type the path of its folder under Add folder.');
    return;
  }
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
