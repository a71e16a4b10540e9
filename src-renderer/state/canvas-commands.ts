import { flipBox, quarterTurn } from '../document/box.ts';
import { changeBox } from '../canvas/tools/move.ts';
import { setSelection } from '../document/commands.ts';
import { corners } from '../document/geometry.ts';
import * as clipboard from './clipboard.ts';
import type { Command } from './command.ts';
import * as layers from './layer-actions.ts';
import type { Studio } from './studio.svelte.ts';

const hasActive = (studio: Studio): boolean => studio.document.active !== null;
const hasSelection = (studio: Studio): boolean => studio.document.canvas.selection.length > 0;

/** What is done with the pixels of a layer, the selection and the frame. */
export const canvasCommands: readonly Command[] = [
  { id: 'cut', title: 'Cut', group: 'Edit', keys: ['Mod+X'], isEnabled: hasActive, run: (studio) => clipboard.cut(studio) },
  { id: 'copy', title: 'Copy', group: 'Edit', keys: ['Mod+C'], isEnabled: hasActive, run: (studio) => clipboard.copy(studio) },
  {
    id: 'copyMerged',
    title: 'Copy all layers together',
    group: 'Edit',
    keys: ['Mod+Shift+C'],
    isEnabled: hasActive,
    run: (studio) => clipboard.copyMerged(studio),
  },
  { id: 'paste', title: 'Paste', group: 'Edit', keys: [], run: (studio) => clipboard.paste(studio) },
  {
    id: 'clear',
    title: 'Clear',
    group: 'Edit',
    keys: ['Delete', 'Backspace'],
    isEnabled: hasActive,
    run: (studio) => clipboard.clear(studio),
  },
  {
    id: 'fill',
    title: 'Fill selection',
    group: 'Edit',
    keys: ['Shift+Backspace'],
    isEnabled: hasActive,
    run: (studio) => layers.fillSelection(studio),
  },
  {
    id: 'selectAll',
    title: 'Select frame',
    group: 'Edit',
    keys: ['Mod+A'],
    run: ({ document }) => document.apply(setSelection(document.records, [{ mode: 'add', points: corners(document.canvas.frame) }])),
  },
  {
    id: 'selectInverse',
    title: 'Invert selection',
    group: 'Edit',
    keys: ['Mod+Shift+I'],
    isEnabled: hasSelection,
    run: (studio) => layers.invertSelection(studio),
  },
  {
    id: 'deselect',
    title: 'Deselect',
    group: 'Edit',
    keys: ['Mod+D'],
    isEnabled: hasSelection,
    run: ({ document }) => document.apply(setSelection(document.records, [], 'Deselect')),
  },
  ...(['region', 'mask'] as const).map((kind): Command => ({
    id: `selection.${kind}`,
    title: kind === 'region' ? 'Region from selection' : 'Inpaint mask from selection',
    group: 'Edit',
    keys: [],
    isEnabled: hasSelection,
    run: (studio) => layers.layerFromSelection(studio, kind),
  })),
  {
    id: 'layer.flipX',
    title: 'Flip left to right',
    group: 'Edit',
    keys: ['Shift+H'],
    isEnabled: hasActive,
    run: ({ canvas }) =>
      changeBox(
        canvas,
        (box) => flipBox(box, 'x'),
        (layer) => `Flip ${layer.name}`,
      ),
  },
  {
    id: 'layer.flipY',
    title: 'Flip top to bottom',
    group: 'Edit',
    keys: ['Shift+V'],
    isEnabled: hasActive,
    run: ({ canvas }) =>
      changeBox(
        canvas,
        (box) => flipBox(box, 'y'),
        (layer) => `Flip ${layer.name}`,
      ),
  },
  ...([-1, 1] as const).map((by): Command => ({
    id: by < 0 ? 'layer.turnLeft' : 'layer.turnRight',
    title: by < 0 ? 'Turn a quarter left' : 'Turn a quarter right',
    group: 'Edit',
    keys: [],
    isEnabled: hasActive,
    run: ({ canvas }) =>
      changeBox(
        canvas,
        (box) => quarterTurn(box, by),
        (layer) => `Turn ${layer.name}`,
      ),
  })),
  {
    id: 'frame.toLayer',
    title: 'Frame around the layer',
    group: 'Edit',
    keys: [],
    isEnabled: hasActive,
    run: (studio) => layers.frameAround(studio, 'layer'),
  },
  {
    id: 'frame.toSelection',
    title: 'Frame around the selection',
    group: 'Edit',
    keys: [],
    isEnabled: hasSelection,
    run: (studio) => layers.frameAround(studio, 'selection'),
  },
];
