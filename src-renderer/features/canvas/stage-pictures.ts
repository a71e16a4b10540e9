import type { Surface } from '../../canvas/surface.ts';
import type { Rectangle, View } from '../../document/geometry.ts';
import { toScreen, viewMatrix } from '../../document/view.ts';
import type { Candidate } from '../../state/generation-manager.svelte.ts';
import type { Running } from '../../state/queue-manager.svelte.ts';

/** What the canvas shows of a candidate: its picture, or the newest preview while it is drawn. */
export function candidatePicture(candidate: Candidate, running: ReadonlyMap<number, Running>): Surface | null {
  return candidate.surface ?? running.get(candidate.job)?.preview ?? null;
}

interface FramedPicture {
  readonly picture: Surface;
  readonly frame: Rectangle;
  readonly opacity: number;
  readonly isSmooth: boolean;
}

/** Stretches a picture over a frame of the canvas; `ratio` is the device's pixels for one of the page's. */
export function drawInFrame(
  target: CanvasRenderingContext2D,
  view: View,
  ratio: number,
  { picture, frame, opacity, isSmooth }: FramedPicture,
): void {
  const corner = toScreen(view, frame);
  const [a, b, c, d] = viewMatrix(view, ratio);
  target.save();
  target.setTransform(a, b, c, d, Math.round(corner.x * ratio), Math.round(corner.y * ratio));
  target.globalAlpha = opacity;
  target.imageSmoothingEnabled = isSmooth || (view.scale * ratio * frame.width) / picture.width < 4;
  target.imageSmoothingQuality = 'high';
  target.drawImage(picture, 0, 0, frame.width, frame.height);
  target.restore();
}
