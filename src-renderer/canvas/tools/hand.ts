import { pan, turnAt } from '../../document/view.ts';
import type { Gesture, PointerInput, Tool, ToolHost } from './tool.ts';

/** Moves what the canvas shows; with Shift turns it. Also what dragging with Space or the middle button does. */
export class HandTool implements Tool {
  readonly name = 'hand';

  cursor(): string {
    return 'grab';
  }

  down(host: ToolHost, start: PointerInput): Gesture {
    const before = host.view;
    if (start.isShift) return turning(host, start);
    return {
      cursor: 'grabbing',
      move: (input) => host.setView(pan(before, { x: input.screen.x - start.screen.x, y: input.screen.y - start.screen.y })),
      up: () => undefined,
      cancel: () => host.setView(before),
    };
  }
}

/** While turning, the view stops at multiples of this unless Control is held. */
const turnStep = Math.PI / 36;

/** Turns the view about its middle. */
function turning(host: ToolHost, start: PointerInput): Gesture {
  const before = host.view;
  const { middle } = host;
  const direction = ({ screen }: PointerInput) => Math.atan2(screen.y - middle.y, screen.x - middle.x);
  const first = direction(start);
  return {
    cursor: 'grabbing',
    move: (input) => {
      const angle = before.angle + direction(input) - first;
      host.setView(turnAt(before, middle, { ...before, angle: input.isControl ? angle : Math.round(angle / turnStep) * turnStep }));
    },
    up: () => undefined,
    cancel: () => host.setView(before),
  };
}
