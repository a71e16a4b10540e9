import type { CanvasManager } from '../../state/canvas-manager.svelte.ts';
import { isTyping } from '../../state/shortcuts.ts';

const painters: readonly string[] = ['brush', 'eraser'];

/**
 * Space holds the hand, Alt the picker while painting, as long as the pointer is over the canvas, whatever has the focus: after a
 * click on a button the next Space is still meant for the canvas. Someone who goes through the buttons by keyboard keeps it for them.
 */
export function watchHeldKeys(canvas: CanvasManager, element: HTMLElement, signal: AbortSignal): void {
  let goesByKeyboard = false;
  const belongsToCanvas = (event: KeyboardEvent): boolean =>
    element.contains(document.activeElement) || (canvas.pointer !== null && !isTyping(event) && !goesByKeyboard);
  const down = (event: KeyboardEvent) => {
    if (event.key === 'Tab') goesByKeyboard = true;
    if (!belongsToCanvas(event)) return;
    if (event.key === ' ') canvas.holdTool('hand');
    else if (event.key === 'Alt' && painters.includes(canvas.tool)) canvas.holdTool('picker');
    else if (event.key === 'Escape' && canvas.gesture !== null) canvas.cancelGesture();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const up = (event: KeyboardEvent) => {
    const held = event.key === ' ' ? 'hand' : event.key === 'Alt' ? 'picker' : null;
    if (held === null || canvas.heldTool !== held) return;
    canvas.releaseTool();
    event.preventDefault();
  };
  window.addEventListener('pointerdown', () => (goesByKeyboard = false), { signal, capture: true });
  window.addEventListener('keydown', down, { signal, capture: true });
  window.addEventListener('keyup', up, { signal, capture: true });
  // Another window takes the key's release with it.
  window.addEventListener('blur', () => canvas.releaseTool(), { signal });
}
