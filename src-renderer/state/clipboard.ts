import { fetchTiles, flattenRasters } from '../canvas/layer-pixels.ts';
import { clipToSelection, selectionBounds } from '../canvas/selection.ts';
import { samePixels } from '../canvas/same-pixels.ts';
import { context, decodePicture, encodePng, isBlank, type Surface } from '../canvas/surface.ts';
import { download } from './download.ts';
import { openFiles } from './files.ts';
import { addPictureLayer, clearSelected, copyPiece, type Piece } from './pictures.ts';
import type { Studio } from './studio.svelte.ts';

/** What was copied last in this window, with its place: the system's clipboard keeps only the pixels. */
let lastPiece: Piece | null = null;
/** The piece on its way to the system's clipboard, which until then holds what was there before. */
let leaving: Piece | null = null;

export async function copy(studio: Studio): Promise<void> {
  const piece = copyPiece(studio.document, studio.canvas);
  if (piece) await keep(piece);
  else studio.canvas.notify('There is nothing to copy on this layer.');
}

/** What the raster layers show together, of the selection (else of the frame). */
export async function copyMerged({ document, canvas }: Studio): Promise<void> {
  const { selection, frame } = document.canvas;
  const area = selectionBounds(selection) ?? frame;
  await fetchTiles(document.layers, area, canvas.tiles);
  const surface = flattenRasters(document.layers, area, canvas.tiles);
  clipToSelection(surface, area, selection);
  if (isBlank(surface)) canvas.notify('There is nothing to copy here.');
  else await keep({ surface, area });
}

async function keep(piece: Piece): Promise<void> {
  lastPiece = leaving = piece;
  try {
    const png = await encodePng(piece.surface);
    await navigator.clipboard.write([new ClipboardItem({ 'image/png': new Blob([png.slice()], { type: 'image/png' }) })]);
  } catch {
    // Without leave to use the system's clipboard, copying still works inside this window.
  } finally {
    if (leaving === piece) leaving = null;
  }
}

export async function cut(studio: Studio): Promise<void> {
  await copy(studio);
  clearSelected(studio.document, studio.canvas, 'Cut');
}

export function clear(studio: Studio): void {
  clearSelected(studio.document, studio.canvas, 'Clear');
}

/** From the palette: what this window copied, in its place. */
export function paste(studio: Studio): void {
  if (lastPiece) pastePiece(studio, lastPiece);
  else studio.canvas.notify('There is no picture to paste.');
}

/** From the system: pictures and files of a paste event. */
export async function pasteFrom(studio: Studio, data: DataTransfer): Promise<void> {
  const files = [...data.files];
  const only = files.length === 1 ? files[0] : undefined;
  if (leaving || files.length === 0) return lastPiece ? pastePiece(studio, lastPiece) : undefined;
  if (only && lastPiece && only.type === 'image/png' && (await isPiece(only, lastPiece))) return pastePiece(studio, lastPiece);
  await openFiles(studio, files);
}

/** The clipboard may have encoded the picture anew: its pixels tell. */
async function isPiece(file: File, { surface }: Piece): Promise<boolean> {
  const picture = await decodePicture(new Uint8Array(await file.arrayBuffer()));
  const { width, height } = surface;
  if (picture.width !== width || picture.height !== height) return false;
  const pixels = (of: Surface) => context(of).getImageData(0, 0, width, height).data;
  return samePixels(pixels(picture), pixels(surface));
}

function pastePiece({ document, canvas }: Studio, { surface, area }: Piece): void {
  addPictureLayer(document, canvas, surface, { at: area, name: 'Pasted' });
}

export function chooseFiles(studio: Studio): void {
  const input = document.createElement('input');
  input.type = 'file';
  input.multiple = true;
  input.addEventListener('change', () => void openFiles(studio, [...(input.files ?? [])]));
  input.click();
}

/** Asks for one picture; null when the dialog was left. */
export function choosePicture(): Promise<File | null> {
  return new Promise((resolve) => {
    const input = document.createElement('input');
    input.type = 'file';
    input.accept = 'image/*';
    input.addEventListener('change', () => resolve(input.files?.[0] ?? null));
    input.addEventListener('cancel', () => resolve(null));
    input.click();
  });
}

export async function exportDocument(studio: Studio): Promise<void> {
  const summary = studio.document.summary;
  if (!summary) return;
  await studio.document.flush();
  const { buffers } = await studio.client.callWithBuffers('documents.export', { document: summary.id }, []);
  if (buffers[0]) download(new Blob([buffers[0].slice()]), `${summary.name}.strata`);
}

/** The raster layers of the frame as one PNG. */
export async function exportFrame({ document, canvas }: Studio): Promise<void> {
  await fetchTiles(document.layers, document.canvas.frame, canvas.tiles);
  const surface = flattenRasters(document.layers, document.canvas.frame, canvas.tiles);
  download(new Blob([(await encodePng(surface)).slice()], { type: 'image/png' }), `${document.canvas.name}.png`);
}
