import { AreaTool } from './area.ts';
import { BrushTool } from './brush.ts';
import { FillTool } from './fill.ts';
import { FrameTool } from './frame.ts';
import { HandTool } from './hand.ts';
import { MoveTool } from './move.ts';
import { PickerTool } from './picker.ts';
import type { Tool, ToolName } from './tool.ts';

export const toolbox: Readonly<Record<ToolName, Tool>> = {
  move: new MoveTool(),
  brush: new BrushTool('brush'),
  eraser: new BrushTool('eraser'),
  rectangle: new AreaTool('rectangle'),
  lasso: new AreaTool('lasso'),
  fill: new FillTool(),
  frame: new FrameTool(),
  picker: new PickerTool(),
  hand: new HandTool(),
};
