import { canvasOf, paintTiles } from '../../document/commands.ts';
import type { Point } from '../../document/geometry.ts';
import { Stroke } from '../stroke.ts';
import { brushOf, type Gesture, type PointerInput, type Tool, type ToolHost } from './tool.ts';

/** How far the pointer goes, in CSS pixels, before Shift decides for one axis. */
const axisDistance = 4;

/**
 * Paints or erases; the eraser is the same brush that takes away. A press with Shift draws a straight line from the end of the last
 * stroke; holding Shift while dragging keeps the stroke level or upright.
 */
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
    const straighten = axisLock(input, host.view.scale);
    let last: Point = input.canvas;
    const extend = (at: PointerInput) => {
      last = straighten(at);
      host.markDirty(stroke.extend({ ...last, pressure: at.pressure }));
    };
    const from = input.isShift && host.lastPoint?.layer === layer.id ? host.lastPoint.at : null;
    if (from) host.markDirty(stroke.extend({ ...from, pressure: input.pressure }));
    extend(input);
    return {
      cursor: 'none',
      move: extend,
      up: () => {
        host.setLive(null);
        host.setLastPoint({ layer: layer.id, at: last });
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

/** While Shift is held, points fall on the axis (of the canvas) along which the pointer first moved. */
function axisLock(start: PointerInput, scale: number): (input: PointerInput) => Point {
  let axis: 'x' | 'y' | null = null;
  return ({ canvas, isShift }) => {
    if (!isShift) return canvas;
    const distance = { x: Math.abs(canvas.x - start.canvas.x), y: Math.abs(canvas.y - start.canvas.y) };
    if (Math.max(distance.x, distance.y) * scale >= axisDistance) axis ??= distance.x >= distance.y ? 'x' : 'y';
    if (axis === null) return start.canvas;
    return axis === 'x' ? { x: canvas.x, y: start.canvas.y } : { x: start.canvas.x, y: canvas.y };
  };
}
