import type { Point } from '../../document/geometry.ts';
import { pinch } from '../../document/view.ts';
import type { CanvasManager } from '../../state/canvas-manager.svelte.ts';

/** Fingers that spread seldom keep their direction: small turns are not meant. */
const turnStep = Math.PI / 36;

/** Two fingers pan, zoom and turn the view; what one finger had begun is taken back. */
export class TouchWatch {
  readonly #canvas: CanvasManager;
  readonly #fingers = new Map<number, Point>();
  #start: { readonly view: CanvasManager['view']; readonly fingers: readonly [Point, Point] } | null = null;

  constructor(canvas: CanvasManager) {
    this.#canvas = canvas;
  }

  /**
   * To be asked of every pointer event: whether it belongs to a pinch, so that it neither paints nor ends a stroke. `at` is the place
   * of the finger, null when it went up.
   */
  isPinching(event: PointerEvent, at: Point | null): boolean {
    if (event.pointerType !== 'touch') return false;
    const wasPinching = this.#start !== null;
    if (at) this.#fingers.set(event.pointerId, at);
    else this.#fingers.delete(event.pointerId);
    const [first, second] = this.#fingers.values();
    if (!first || !second) {
      // The finger that stays does not go on with a stroke.
      if (this.#fingers.size === 0) this.#start = null;
      return wasPinching;
    }
    if (this.#start === null) {
      this.#canvas.cancelGesture();
      this.#start = { view: this.#canvas.view, fingers: [first, second] };
    } else if (event.type === 'pointermove') {
      this.#canvas.setView(pinch(this.#start.view, this.#start.fingers, [first, second], turnStep));
    }
    return true;
  }
}
