import { pan } from '../../document/geometry.ts';
import type { CanvasManager } from '../../state/canvas-manager.svelte.ts';

const zoomPerPixel = 0.0016;
const lineHeight = 16;

/** Wheel pans, with Ctrl (also what pinching a touch pad reports) it zooms at the pointer, with Shift it pans sideways. */
export function watchWheel(element: HTMLElement, canvas: CanvasManager, signal: AbortSignal): void {
  element.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? lineHeight : 1;
      const [dx, dy] = [event.deltaX * unit, event.deltaY * unit];
      if (event.ctrlKey || event.metaKey) {
        const bounds = element.getBoundingClientRect();
        canvas.zoomBy(Math.exp(-dy * zoomPerPixel * (event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : 2)), {
          x: event.clientX - bounds.left,
          y: event.clientY - bounds.top,
        });
      } else canvas.setView(pan(canvas.view, event.shiftKey && dx === 0 ? { x: -dy, y: 0 } : { x: -dx, y: -dy }));
    },
    { passive: false, signal },
  );
}
