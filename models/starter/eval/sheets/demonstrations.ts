import { inpaint, outpaint } from './edits.ts';
import { controlled, maskedLines, reference, style } from './guided.ts';
import { regionalLoras, regions } from './regional.ts';
import { sheetPrompts } from './sheet-prompts.ts';
import { draw, each, type Demonstration } from './tools.ts';

const sheet: Demonstration = {
  layout: { columns: 6, side: 192 },
  cells: (tools) =>
    each(sheetPrompts, async (prompt, i) => [{ picture: await draw(tools, { prompt, seed: tools.seed + i }), caption: prompt }]),
};

/** By the name of the file that each becomes. */
export const demonstrations: Readonly<Record<string, Demonstration>> = {
  'starter-sheet': sheet,
  'starter-lines': controlled('lines', 'mixed-lines'),
  'starter-lines-masked': maskedLines,
  'starter-blobs': controlled('blobs', 'mixed-blobs'),
  'starter-reference': reference,
  'starter-style': style,
  'starter-regions': regions,
  'starter-regions-loras': regionalLoras,
  'starter-inpaint': inpaint,
  'starter-outpaint': outpaint,
};
