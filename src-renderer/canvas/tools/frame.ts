import { maxSide } from '../../../src-main/contract/recipe.ts';
import { canvasOf, setFrame } from '../../document/commands.ts';
import { boxOf } from '../../document/box.ts';
import { contains, pad, resizeFrame, snap, type Point, type Rectangle } from '../../document/geometry.ts';
import { handleAt, handleCursor, reach } from './handles.ts';
import type { Gesture, PointerInput, Tool, ToolHost } from './tool.ts';

/** Moves and resizes the generation frame, in steps of 8 or 64 pixels. */
export class FrameTool implements Tool {
  readonly name = 'frame';

  cursor(host: ToolHost, input: PointerInput | null): string {
    if (input === null) return 'default';
    const { frame } = canvasOf(host.records);
    const handle = handleAt(host.view, boxOf(frame), input.screen);
    if (handle !== null) return handleCursor(host.view, boxOf(frame), handle);
    return contains(frame, input.canvas) ? 'move' : 'default';
  }

  down(host: ToolHost, start: PointerInput): Gesture | null {
    const before = canvasOf(host.records).frame;
    const handle = handleAt(host.view, boxOf(before), start.screen);
    if (handle === null && !contains(pad(before, reach / host.view.scale), start.canvas)) return null;
    const step = (input: PointerInput): number => (input.isShift ? 8 : host.options.frameStep);
    let frame = before;
    return {
      cursor: handle === null ? 'move' : handleCursor(host.view, boxOf(before), handle),
      move: (input) => {
        const delta = { x: input.canvas.x - start.canvas.x, y: input.canvas.y - start.canvas.y };
        frame = handle === null ? movedFrame(before, delta, step(input)) : resizeFrame(before, handle, delta, rules(step(input)));
        host.setDraft({ kind: 'frame', frame });
      },
      up: () => {
        host.setDraft(null);
        host.apply(setFrame(host.records, frame));
      },
      cancel: () => host.setDraft(null),
    };
  }
}

function rules(step: number) {
  return { step, minimum: Math.max(64, step), maximum: maxSide };
}

function movedFrame(frame: Rectangle, delta: Point, step: number): Rectangle {
  return { ...frame, x: snap(frame.x + delta.x, step), y: snap(frame.y + delta.y, step) };
}
