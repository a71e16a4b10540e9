import { pan } from '../../document/geometry.ts';
import type { Gesture, PointerInput, Tool, ToolHost } from './tool.ts';

/** Moves what the canvas shows. Also what dragging with Space or the middle button does. */
export class HandTool implements Tool {
  readonly name = 'hand';

  cursor(): string {
    return 'grab';
  }

  down(host: ToolHost, start: PointerInput): Gesture {
    const before = host.view;
    return {
      cursor: 'grabbing',
      move: (input) => host.setView(pan(before, { x: input.screen.x - start.screen.x, y: input.screen.y - start.screen.y })),
      up: () => undefined,
      cancel: () => host.setView(before),
    };
  }
}
