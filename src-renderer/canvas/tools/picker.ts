import type { Gesture, PointerInput, Tool, ToolHost } from './tool.ts';

/** Takes the colour under the pointer as the brush's colour. */
export class PickerTool implements Tool {
  readonly name = 'picker';

  cursor(): string {
    return 'crosshair';
  }

  down(host: ToolHost, input: PointerInput): Gesture {
    const pick = ({ canvas }: PointerInput) => {
      const [red, green, blue, alpha] = host.compositor.colourAt(canvas.x, canvas.y);
      if (alpha > 0) host.setOptions({ colour: `#${[red, green, blue].map((value) => value.toString(16).padStart(2, '0')).join('')}` });
    };
    pick(input);
    return { cursor: 'crosshair', move: pick, up: pick, cancel: () => undefined };
  }
}
