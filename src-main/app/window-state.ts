import { app, screen, type BrowserWindow, type Rectangle } from 'electron';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const stateSchema = z.object({
  x: z.number(),
  y: z.number(),
  width: z.number().min(400),
  height: z.number().min(300),
  isMaximized: z.boolean(),
});
type WindowState = z.output<typeof stateSchema>;

const file = () => join(app.getPath('userData'), 'window.json');

/** Where the window was; a default when that is unknown or on a screen that is gone. */
export function restoredBounds(): Partial<Rectangle> & { readonly width: number; readonly height: number; readonly isMaximized: boolean } {
  const saved = read();
  const isVisible = saved && screen.getAllDisplays().some(({ workArea }) => overlaps(workArea, saved));
  return saved && isVisible ? saved : { width: 1440, height: 900, isMaximized: false };
}

/** Remembers the bounds when the window closes. */
export function rememberBounds(window: BrowserWindow): void {
  window.on('close', () => {
    const state: WindowState = { ...window.getNormalBounds(), isMaximized: window.isMaximized() };
    try {
      writeFileSync(file(), JSON.stringify(state));
    } catch {
      // A window that opens in its default place next time is no reason to keep it from closing.
    }
  });
}

function read(): WindowState | undefined {
  try {
    return stateSchema.parse(JSON.parse(readFileSync(file(), 'utf8')));
  } catch {
    return undefined;
  }
}

function overlaps(area: Rectangle, { x, y, width, height }: Rectangle): boolean {
  return x < area.x + area.width && x + width > area.x && y < area.y + area.height && y + height > area.y;
}
