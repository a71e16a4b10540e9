import type { ToolName, ToolOptions } from '../../canvas/tools/tool.ts';
import { chordText } from '../../state/shortcuts.ts';
import { percentText } from '../../state/words.ts';

/** A slider of the tool's bar: one number of the options, and for which tools it counts. */
export interface ToolSlider {
  readonly name: 'hardness' | 'opacity' | 'tolerance';
  readonly label: string;
  readonly range: readonly [min: number, max: number, step: number];
  readonly tools: readonly ToolName[];
  /** Masks are painted or not: in them it means nothing. */
  readonly isForColour: boolean;
  format(value: number): string;
}

export const toolSliders: readonly ToolSlider[] = [
  { name: 'hardness', label: 'Hardness', range: [0, 1, 0.05], tools: ['brush', 'eraser'], isForColour: false, format: percentText },
  { name: 'opacity', label: 'Opacity', range: [0.05, 1, 0.05], tools: ['brush', 'eraser', 'fill'], isForColour: true, format: percentText },
  { name: 'tolerance', label: 'Tolerance', range: [0, 255, 1], tools: ['fill'], isForColour: false, format: String },
];

/** What an area that was drawn with the rectangle or the lasso does. */
export const areaActions: readonly { readonly value: ToolOptions['areaAction']; readonly label: string }[] = [
  { value: 'fill', label: 'Fill' },
  { value: 'erase', label: 'Erase' },
  { value: 'select', label: 'Select' },
];

/** What a tool without options says about itself. */
export const toolHints: Readonly<Partial<Record<ToolName, string>>> = {
  move: 'Drag the layer to move it, a handle to scale it, the knob to turn it.',
  hand: `Drag to look around, with Shift to turn the view. ${chordText('Mod')} and the wheel zoom.`,
  picker: 'Click in the picture to take its colour.',
};
