import { canvasOf } from '../../document/commands.ts';
import { contains, intersect, union, type Rectangle } from '../../document/geometry.ts';
import { floodMask } from '../flood-fill.ts';
import { layerSurface, roughBounds } from '../layer-pixels.ts';
import { clipToSelection, selectionBounds } from '../selection.ts';
import { context, newSurface } from '../surface.ts';
import { drawOnLayer } from './area.ts';
import { brushOf, type Gesture, type PointerInput, type Tool, type ToolHost } from './tool.ts';

/** Fills what looks like the pixel that was clicked, on the active layer, inside its pixels, the frame and the selection. */
export class FillTool implements Tool {
  readonly name = 'fill';

  cursor(): string {
    return 'crosshair';
  }

  down(host: ToolHost, input: PointerInput): Gesture | null {
    const layer = host.paintLayer();
    if (layer === null) return null;
    const { frame, selection } = canvasOf(host.records);
    const limit = selectionBounds(selection);
    const whole = union(frame, roughBounds(layer)) ?? frame;
    const area = limit === null ? whole : intersect(whole, limit);
    if (area === null || !contains(area, input.canvas)) {
      host.notify('Fill works inside the frame, the layer and the selection.');
      return null;
    }
    const start = { x: Math.floor(input.canvas.x) - area.x, y: Math.floor(input.canvas.y) - area.y };
    const pixels = context(layerSurface(layer, area, host.tiles)).getImageData(0, 0, area.width, area.height).data;
    const mask = floodMask(pixels, area, start, host.options.tolerance);
    const ink = inkFromMask(mask, area, brushOf(host.options, layer).colour);
    clipToSelection(ink, area, selection);
    drawOnLayer(host, layer, { ink, area, opacity: host.options.opacity, isEraser: false }, 'Fill');
    return null;
  }
}

function inkFromMask(mask: Uint8ClampedArray, area: Rectangle, colour: string) {
  const ink = newSurface(area.width, area.height);
  const target = context(ink);
  const image = new ImageData(area.width, area.height);
  for (let index = 0; index < mask.length; index++) image.data[4 * index + 3] = mask[index] ?? 0;
  target.putImageData(image, 0, 0);
  target.globalCompositeOperation = 'source-in';
  target.fillStyle = colour;
  target.fillRect(0, 0, area.width, area.height);
  return ink;
}
