import { encodePng } from '../canvas/surface.ts';
import type { Reference } from '../document/records.ts';
import { pictureFromBlob } from './pictures.ts';
import type { Studio } from './studio.svelte.ts';

/** Image encoders see 224 to 336 pixels: enough to cut a part out of, and more is only weight. */
const largestSide = 2048;

/** Uploads a picture and describes it as a reference with the usual settings. Rejects when it cannot be read. */
export async function newReference(studio: Studio, file: Blob): Promise<Reference> {
  const picture = await encodePng(await pictureFromBlob(file, largestSide));
  const { value } = await studio.client.callWithBuffers('assets.put', { kind: 'picture' }, [picture]);
  return { picture: value.asset, model: null, weight: 0.8, range: [0, 1], method: 'full' };
}
