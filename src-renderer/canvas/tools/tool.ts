import type { Delta, RecordMap } from '../../document/delta.ts';
import type { Point, Rectangle, View } from '../../document/geometry.ts';
import type { Box } from '../../document/box.ts';
import type { Layer } from '../../document/records.ts';
import type { Compositor } from '../compositor.ts';
import type { LivePixels, Tiles } from '../layer-pixels.ts';
import type { BrushOptions } from '../stroke.ts';

export const toolNames = ['move', 'brush', 'eraser', 'rectangle', 'lasso', 'fill', 'frame', 'picker', 'hand'] as const;
export type ToolName = (typeof toolNames)[number];

/** What a rectangle or lasso does with its area. */
export type AreaAction = 'fill' | 'erase' | 'select';

/** Largest diameter of a brush in canvas pixels. */
export const largestBrush = 512;

export interface ToolOptions {
  readonly colour: string;
  readonly brushSize: number;
  readonly hardness: number;
  readonly opacity: number;
  readonly pressureSize: boolean;
  readonly pressureOpacity: boolean;
  readonly areaAction: AreaAction;
  readonly tolerance: number;
  readonly frameStep: 8 | 64;
}

/** One pointer event in both spaces. */
export interface PointerInput {
  readonly canvas: Point;
  readonly screen: Point;
  /** 0 to 1; a mouse has 0.5, which counts as full pressure. */
  readonly pressure: number;
  readonly isShift: boolean;
  readonly isAlt: boolean;
  readonly isControl: boolean;
}

/** What tools may see and do. */
export interface ToolHost {
  /** Where the last stroke ended: with Shift the next one begins there. */
  readonly lastPoint: LastPoint | null;
  readonly records: RecordMap;
  readonly tiles: Tiles;
  readonly compositor: Compositor;
  readonly options: ToolOptions;
  readonly view: View;
  /** The middle of the screen, in its CSS pixels. */
  readonly middle: Point;
  activeLayer(): Layer | null;
  /** Makes the topmost layer with a pixel at this point the active one. */
  activateAt(point: Point): void;
  /** Whether a layer's pixels may be changed: false, with a notice, while it is locked or not all of it is loaded. */
  mayChange(layer: Layer): boolean;
  /** The layer to paint on: the active one when it may be painted, else a new one is made; null with a notice when that cannot be. */
  paintLayer(): Layer | null;
  apply(delta: Delta): void;
  setLive(live: LivePixels | null): void;
  setView(view: View): void;
  setOptions(options: Partial<ToolOptions>): void;
  markDirty(area: Rectangle): void;
  /** What is drawn over the canvas while a gesture lasts: an area being dragged. */
  setDraft(draft: Draft | null): void;
  notify(sentence: string): void;
  setLastPoint(point: LastPoint | null): void;
}

export interface LastPoint {
  readonly layer: Layer['id'];
  readonly at: Point;
}

export type Draft =
  | { readonly kind: 'area'; readonly points: readonly Point[]; readonly action: AreaAction }
  | { readonly kind: 'frame'; readonly frame: Rectangle }
  | { readonly kind: 'box'; readonly box: Box };

/**
 * A tool is a small state machine: `idle` until the pointer goes down, then the state that `down` answers with until it goes up.
 * A state's `cancel` puts back what was there when it began.
 */
export interface Tool {
  readonly name: ToolName;
  down(host: ToolHost, input: PointerInput): Gesture | null;
  /** CSS cursor while idle. */
  cursor(host: ToolHost, input: PointerInput | null): string;
}

export interface Gesture {
  move(input: PointerInput): void;
  up(input: PointerInput): void;
  cancel(): void;
  readonly cursor?: string;
}

export function brushOf(options: ToolOptions, layer: Layer): BrushOptions {
  const isMask = layer.kind === 'region' || layer.kind === 'mask';
  return {
    size: options.brushSize,
    hardness: options.hardness,
    opacity: isMask ? 1 : options.opacity,
    colour: isMask ? '#ffffff' : options.colour,
    pressureSize: options.pressureSize,
    pressureOpacity: !isMask && options.pressureOpacity,
  };
}
