import { boxPoint, handleDirection, type Box } from '../../document/box.ts';
import { handles, type Handle, type Point, type View } from '../../document/geometry.ts';
import { toScreen } from '../../document/view.ts';

/** How near a handle the pointer must be, in CSS pixels. */
export const reach = 10;
/** How far above the box the knob is that turns it, in CSS pixels. */
export const knobDistance = 26;

/** Where the handles of a box are on the screen. */
export function handlePoints(view: View, box: Box): readonly { readonly handle: Handle; readonly at: Point }[] {
  return handles.map((handle) => ({ handle, at: toScreen(view, boxPoint(box, handleDirection(handle))) }));
}

/** The knob that turns a box: straight out from the middle of its upper side. */
export function knobPoint(view: View, box: Box): Point {
  const middle = toScreen(view, box.centre);
  const top = toScreen(view, boxPoint(box, { x: 0, y: -1 }));
  const length = Math.hypot(top.x - middle.x, top.y - middle.y) || 1;
  return { x: top.x + ((top.x - middle.x) / length) * knobDistance, y: top.y + ((top.y - middle.y) / length) * knobDistance };
}

/** The handle of a box under a point of the screen. */
export function handleAt(view: View, box: Box, screen: Point): Handle | null {
  const near = handlePoints(view, box).find(({ at }) => isNear(at, screen));
  return near?.handle ?? null;
}

export function isOnKnob(view: View, box: Box, screen: Point): boolean {
  return isNear(knobPoint(view, box), screen);
}

function isNear(at: Point, screen: Point): boolean {
  return Math.abs(at.x - screen.x) <= reach && Math.abs(at.y - screen.y) <= reach;
}

const cursors = ['ew-resize', 'nwse-resize', 'ns-resize', 'nesw-resize'] as const;

/** The arrow that shows which way a handle moves, as it is turned on the screen. */
export function handleCursor(view: View, box: Box, handle: Handle): string {
  const middle = toScreen(view, box.centre);
  const at = toScreen(view, boxPoint(box, handleDirection(handle)));
  const eighths = Math.round(Math.atan2(at.y - middle.y, at.x - middle.x) / (Math.PI / 4));
  return cursors[((eighths % 4) + 4) % 4] ?? 'move';
}
