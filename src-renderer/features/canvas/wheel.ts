import { pan } from '../../document/view.ts';
import type { CanvasManager } from '../../state/canvas-manager.svelte.ts';

const zoomPerPixel = 0.0016;
const lineHeight = 16;
/** A notch of a mouse wheel (about 100 pixels) turns the view by 15 degrees. */
const turnPerPixel = Math.PI / 12 / 100;

/**
 * Wheel pans; with Ctrl (also what pinching a touch pad reports) it zooms at the pointer, with Shift it turns the view about the
 * pointer, with Alt it pans sideways.
 */
export function watchWheel(element: HTMLElement, canvas: CanvasManager, signal: AbortSignal): void {
  element.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? lineHeight : 1;
      const [dx, dy] = [event.deltaX * unit, event.deltaY * unit];
      const bounds = element.getBoundingClientRect();
      const at = { x: event.clientX - bounds.left, y: event.clientY - bounds.top };
      if (event.ctrlKey || event.metaKey) {
        canvas.zoomBy(Math.exp(-dy * zoomPerPixel * (event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : 2)), at);
      } else if (event.shiftKey) {
        // Some systems report a wheel with Shift as a sideways one.
        canvas.rotateBy((dy || dx) * turnPerPixel, at);
      } else canvas.setView(pan(canvas.view, event.altKey && dx === 0 ? { x: -dy, y: 0 } : { x: -dx, y: -dy }));
    },
    { passive: false, signal },
  );
}
