import type { CanvasManager } from './canvas-manager.svelte.ts';
import type { Command } from './command.ts';
import { viewNames } from './studio.svelte.ts';

const turnStep = Math.PI / 12;

/** The keys are Krita's. */
const turns = [
  ['turn.left', 'Turn the view left', '4', (canvas: CanvasManager) => canvas.rotateBy(-turnStep)],
  ['turn.reset', 'Turn the view back', '5', (canvas: CanvasManager) => canvas.resetTurn()],
  ['turn.right', 'Turn the view right', '6', (canvas: CanvasManager) => canvas.rotateBy(turnStep)],
  ['turn.mirror', 'Mirror the view', 'M', (canvas: CanvasManager) => canvas.mirror()],
] as const;

/** What the canvas shows and how, besides the views of the window. */
export const viewCommands: readonly Command[] = [
  ...viewNames.map((view, index): Command => ({
    id: `view.${view.toLowerCase()}`,
    title: `Show ${view.toLowerCase()}`,
    group: 'View',
    keys: [`Alt+${index + 1}`],
    isGlobal: true,
    run: (studio) => studio.show(view),
  })),
  { id: 'zoom.in', title: 'Zoom in', group: 'View', keys: ['=', '+'], run: ({ canvas }) => canvas.zoomBy(1.25) },
  { id: 'zoom.out', title: 'Zoom out', group: 'View', keys: ['-'], run: ({ canvas }) => canvas.zoomBy(0.8) },
  { id: 'zoom.actual', title: 'Zoom to 100 %', group: 'View', keys: ['1'], run: ({ canvas }) => canvas.zoomTo(1) },
  { id: 'zoom.fit', title: 'Fit frame', group: 'View', keys: ['0'], run: ({ canvas }) => canvas.fitFrame() },
  ...turns.map(([id, title, key, run]): Command => ({ id, title, group: 'View', keys: [key], run: ({ canvas }) => run(canvas) })),
  { id: 'rulers', title: 'Show or hide rulers', group: 'View', keys: ['Shift+R'], run: (studio) => studio.toggleRemembered('rulers') },
];
