import { largestBrush, type ToolName } from '../canvas/tools/tool.ts';
import type { LayerKind } from '../document/records.ts';
import { layerKindNames } from '../document/new-records.ts';
import { canvasCommands } from './canvas-commands.ts';
import * as clipboard from './clipboard.ts';
import * as layers from './layer-actions.ts';
import { exportLayer, exportPsd } from './layered-file.ts';
import type { Command } from './command.ts';
import type { Studio } from './studio.svelte.ts';
import { viewCommands } from './view-commands.ts';

export const toolTitles: Readonly<Record<ToolName, { readonly title: string; readonly key: string }>> = {
  move: { title: 'Move', key: 'V' },
  brush: { title: 'Brush', key: 'B' },
  eraser: { title: 'Eraser', key: 'E' },
  rectangle: { title: 'Rectangle', key: 'R' },
  lasso: { title: 'Lasso', key: 'L' },
  fill: { title: 'Fill', key: 'G' },
  frame: { title: 'Frame', key: 'C' },
  picker: { title: 'Colour picker', key: 'I' },
  hand: { title: 'Hand', key: 'H' },
};

const hasActive = (studio: Studio): boolean => studio.document.active !== null;
const hasPicture = (studio: Studio): boolean => studio.generation.chosenCandidate?.picture != null;
const hasOpenJobs = (studio: Studio): boolean => studio.queue.unfinished.length > 0;

const generateCommands: readonly Command[] = [
  {
    id: 'generate',
    title: 'Generate',
    group: 'Generate',
    keys: ['Mod+Enter'],
    isGlobal: true,
    run: (studio) => studio.generation.generate(),
  },
  {
    id: 'generate.bulk',
    title: 'Generate at the end of the queue',
    group: 'Generate',
    keys: ['Mod+Shift+Enter'],
    isGlobal: true,
    run: (studio) => studio.generation.generate('bulk'),
  },
  {
    id: 'generate.cancel',
    title: 'Cancel',
    group: 'Generate',
    keys: ['Mod+.'],
    isGlobal: true,
    isEnabled: hasOpenJobs,
    run: (studio) => studio.generation.cancel(),
  },
  {
    id: 'generate.accept',
    title: 'Accept as layer',
    group: 'Generate',
    keys: ['Shift+Enter'],
    isEnabled: hasPicture,
    run: (studio) => studio.generation.accept(),
  },
  {
    id: 'generate.replace',
    title: 'Replace',
    group: 'Generate',
    keys: ['Alt+Enter'],
    isEnabled: hasPicture,
    run: (studio) => studio.generation.replace(),
  },
  {
    id: 'generate.discard',
    title: 'Discard',
    group: 'Generate',
    keys: ['Shift+Delete'],
    isEnabled: hasPicture,
    run: (studio) => studio.generation.discard(),
  },
  {
    id: 'generate.keepAll',
    title: 'Keep all',
    group: 'Generate',
    keys: [],
    isEnabled: hasPicture,
    run: (studio) => studio.generation.keepAll(),
  },
  { id: 'attention', title: 'Attention inspector', group: 'Generate', keys: ['Mod+I'], run: (studio) => studio.attention.toggle() },
];

const editCommands: readonly Command[] = [
  {
    id: 'undo',
    title: 'Undo',
    group: 'Edit',
    keys: ['Mod+Z'],
    isEnabled: ({ canvas, document }) => document.undoLabel !== null || canvas.gesture !== null,
    // In the middle of a stroke, the stroke is what is taken back.
    run: ({ canvas, document }) => (canvas.gesture === null ? document.undo() : canvas.cancelGesture()),
  },
  {
    id: 'redo',
    title: 'Redo',
    group: 'Edit',
    keys: ['Mod+Shift+Z', 'Mod+Y'],
    isEnabled: (studio) => studio.document.redoLabel !== null,
    run: ({ canvas, document }) => (canvas.gesture === null ? document.redo() : undefined),
  },
];

const toolCommands: readonly Command[] = [
  ...(Object.keys(toolTitles) as ToolName[]).map((tool): Command => {
    const { title, key } = toolTitles[tool];
    return { id: `tool.${tool}`, title: `${title} tool`, group: 'Tools', keys: [key], run: ({ canvas }) => canvas.setTool(tool) };
  }),
  { id: 'brush.smaller', title: 'Smaller brush', group: 'Tools', keys: ['['], run: ({ canvas }) => resizeBrush(canvas, 1 / 1.2) },
  { id: 'brush.larger', title: 'Larger brush', group: 'Tools', keys: [']'], run: ({ canvas }) => resizeBrush(canvas, 1.2) },
];

function resizeBrush(canvas: Studio['canvas'], factor: number): void {
  const { brushSize } = canvas.options;
  const next = factor > 1 ? Math.ceil(brushSize * factor) : Math.floor(brushSize * factor);
  canvas.setOptions({ brushSize: Math.min(largestBrush, Math.max(1, next)) });
}

const layerCommands: readonly Command[] = [
  ...(Object.keys(layerKindNames) as LayerKind[]).map((kind): Command => ({
    id: `layer.add.${kind}`,
    title: `Add ${layerKindNames[kind].toLowerCase()}`,
    group: 'Layers',
    keys: kind === 'raster' ? ['Mod+Shift+N'] : [],
    run: (studio) => layers.addLayer(studio, kind),
  })),
  {
    id: 'layer.duplicate',
    title: 'Duplicate layer',
    group: 'Layers',
    keys: ['Mod+J'],
    isEnabled: hasActive,
    run: (studio) => layers.duplicate(studio),
  },
  {
    id: 'layer.complement',
    title: 'Duplicate as complement',
    group: 'Layers',
    keys: [],
    isEnabled: (studio) => studio.document.active?.kind === 'region',
    run: (studio) => layers.duplicateAsComplement(studio),
  },
  {
    id: 'layer.mergeDown',
    title: 'Merge down',
    group: 'Layers',
    keys: ['Mod+E'],
    isEnabled: (studio) => layers.canMergeDown(studio),
    run: (studio) => layers.mergeDown(studio),
  },
  {
    id: 'layer.delete',
    title: 'Delete layer',
    group: 'Layers',
    keys: ['Mod+Backspace', 'Mod+Delete'],
    isEnabled: hasActive,
    run: (studio) => layers.remove(studio),
  },
  {
    id: 'layer.hide',
    title: 'Hide or show layer',
    group: 'Layers',
    keys: ['Mod+,'],
    isEnabled: hasActive,
    run: (studio) => layers.toggle(studio, 'hidden'),
  },
  {
    id: 'layer.lock',
    title: 'Lock or unlock layer',
    group: 'Layers',
    keys: ['Mod+/'],
    isEnabled: hasActive,
    run: (studio) => layers.toggle(studio, 'locked'),
  },
  {
    id: 'layer.up',
    title: 'Move layer up',
    group: 'Layers',
    keys: ['Mod+]'],
    isEnabled: hasActive,
    run: (studio) => layers.shift(studio, -1),
  },
  {
    id: 'layer.down',
    title: 'Move layer down',
    group: 'Layers',
    keys: ['Mod+['],
    isEnabled: hasActive,
    run: (studio) => layers.shift(studio, 1),
  },
];

const documentCommands: readonly Command[] = [
  { id: 'document.new', title: 'New document', group: 'Document', keys: [], run: (studio) => studio.newDocument() },
  {
    id: 'document.open',
    title: 'Open a picture or document',
    group: 'Document',
    keys: ['Mod+O'],
    run: (studio) => clipboard.chooseFiles(studio),
  },
  {
    id: 'document.save',
    title: 'Save document as a file',
    group: 'Document',
    keys: ['Mod+S'],
    isGlobal: true,
    run: (studio) => clipboard.exportDocument(studio),
  },
  {
    id: 'document.png',
    title: 'Export frame as PNG',
    group: 'Document',
    keys: ['Mod+Shift+S'],
    run: (studio) => clipboard.exportFrame(studio),
  },
  { id: 'document.psd', title: 'Export layers as PSD', group: 'Document', keys: [], run: (studio) => exportPsd(studio) },
  {
    id: 'layer.png',
    title: 'Export layer as PNG',
    group: 'Document',
    keys: [],
    isEnabled: hasActive,
    run: (studio) => exportLayer(studio),
  },
];

const applicationCommands: readonly Command[] = [
  {
    id: 'palette',
    title: 'Command palette',
    group: 'Application',
    keys: ['Mod+K'],
    isGlobal: true,
    run: (studio) => studio.openDialog('palette'),
  },
  {
    id: 'shortcuts',
    title: 'Keyboard shortcuts',
    group: 'Application',
    keys: ['Shift+?', '?'],
    run: (studio) => studio.openDialog('shortcuts'),
  },
  {
    id: 'prompt',
    title: 'Go to the prompt',
    group: 'Application',
    keys: ['/'],
    run: () => document.querySelector<HTMLElement>('[data-prompt]')?.focus(),
  },
  { id: 'theme', title: 'Switch between dark and light', group: 'Application', keys: [], run: (studio) => studio.toggleTheme() },
];

export const commands: readonly Command[] = [
  ...generateCommands,
  ...editCommands,
  ...canvasCommands,
  ...toolCommands,
  ...layerCommands,
  ...viewCommands,
  ...documentCommands,
  ...applicationCommands,
];

/** The chords of a command as the person has them. */
export function chordsOf(studio: Studio, command: Command): readonly string[] {
  const own = studio.settings.value.shortcuts[command.id];
  return own === undefined ? command.keys : own === '' ? [] : [own];
}

export function commandFor(studio: Studio, chord: string): Command | null {
  return commands.find((command) => chordsOf(studio, command).includes(chord)) ?? null;
}

const canvasGroups: ReadonlySet<Command['group']> = new Set(['Edit', 'Tools', 'Layers']);
const stripCommands: ReadonlySet<string> = new Set(['generate.accept', 'generate.replace', 'generate.discard', 'generate.keepAll']);

/** Whether the view that is open shows what the command changes. */
export function isSeen({ view }: Pick<Studio, 'view'>, { id, group }: Command): boolean {
  return view === 'Canvas' || !(canvasGroups.has(group) || stripCommands.has(id));
}

/** Runs a command if it can be run; what it throws becomes a toast. */
export async function runCommand(studio: Studio, command: Command): Promise<void> {
  if (command.isEnabled && !command.isEnabled(studio)) return;
  try {
    await command.run(studio);
  } catch (error) {
    studio.toasts.error(error);
  }
}

/** The first chord of a command by id, for tips. */
export function chordFor(studio: Studio, id: string): string {
  const command = commands.find((known) => known.id === id);
  return (command && chordsOf(studio, command)[0]) ?? '';
}
