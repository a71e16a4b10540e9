import { canvasOf, paintTiles } from '../../document/commands.ts';
import { Stroke } from '../stroke.ts';
import { brushOf, type Gesture, type PointerInput, type Tool, type ToolHost } from './tool.ts';

/** Paints or erases; the eraser is the same brush that takes away. */
export class BrushTool implements Tool {
  readonly name: 'brush' | 'eraser';

  constructor(name: 'brush' | 'eraser') {
    this.name = name;
  }

  cursor(): string {
    return 'none';
  }

  down(host: ToolHost, input: PointerInput): Gesture | null {
    const layer = host.paintLayer();
    if (layer === null) return null;
    const isEraser = this.name === 'eraser';
    const stroke = new Stroke(layer, host.tiles, brushOf(host.options, layer), isEraser, canvasOf(host.records).selection);
    host.setLive(stroke);
    const extend = (at: PointerInput) => host.markDirty(stroke.extend({ ...at.canvas, pressure: at.pressure }));
    extend(input);
    return {
      cursor: 'none',
      move: extend,
      up: () => {
        host.setLive(null);
        const bounds = stroke.bounds();
        host.apply(paintTiles(host.records, layer.id, stroke.finish(), isEraser ? 'Erase' : 'Brush stroke'));
        if (bounds) host.markDirty(bounds);
      },
      cancel: () => {
        const bounds = stroke.bounds();
        host.setLive(null);
        if (bounds) host.markDirty(bounds);
      },
    };
  }
}
