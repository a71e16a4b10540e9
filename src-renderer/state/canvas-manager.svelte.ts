import { Compositor } from '../canvas/compositor.ts';
import { isLoaded, type LivePixels, type Tiles } from '../canvas/layer-pixels.ts';
import type { Draft, Gesture, LastPoint, PointerInput, ToolHost, ToolName, ToolOptions } from '../canvas/tools/tool.ts';
import { changeBox } from '../canvas/tools/move.ts';
import { toolbox } from '../canvas/tools/toolbox.ts';
import { editLayer, setFrame } from '../document/commands.ts';
import type { Delta, RecordMap } from '../document/delta.ts';
import { moveBox } from '../document/box.ts';
import { unturned, type Point, type Rectangle, type View } from '../document/geometry.ts';
import type { Layer } from '../document/records.ts';
import { centreView, fitView, mirrorAt, pan, rotateAt, toCanvas, turnAt, visibleBounds, zoomAt } from '../document/view.ts';
import type { DocumentManager } from './document-manager.svelte.ts';
import type { Toasts } from './toasts.svelte.ts';

const fitMargins = { top: 64, bottom: 48, side: 32 };

const defaultOptions: ToolOptions = {
  colour: '#e8543f',
  brushSize: 32,
  hardness: 1,
  opacity: 1,
  pressureSize: true,
  pressureOpacity: false,
  areaAction: 'fill',
  tolerance: 24,
  frameStep: 64,
};

/** What the canvas shows and which tool is in hand: the state behind the canvas element, and the host of its tools. */
export class CanvasManager implements ToolHost {
  view: View = $state.raw({ origin: { x: 0, y: 0 }, scale: 1, ...unturned });
  tool: ToolName = $state.raw('brush');
  /** A tool held for a moment: Space for the hand, Alt for the picker. */
  heldTool: ToolName | null = $state.raw(null);
  options: ToolOptions = $state.raw(defaultOptions);
  draft: Draft | null = $state.raw(null);
  pointer: PointerInput | null = $state.raw(null);
  gesture: Gesture | null = $state.raw(null);
  lastPoint: LastPoint | null = $state.raw(null);
  readonly activeTool: ToolName = $derived(this.heldTool ?? this.tool);

  readonly tiles: Tiles;
  readonly compositor: Compositor;
  #size = { width: 1, height: 1 };
  #hasView = false;
  /** Nobody has moved the view since the frame was fitted: it stays fitted when the window changes. */
  #isFitted = false;
  #requestDraw: () => void = () => undefined;
  readonly #document: DocumentManager;
  readonly #toasts: Toasts;

  constructor(document: DocumentManager, tiles: Tiles, toasts: Toasts) {
    this.#document = document;
    this.#toasts = toasts;
    this.tiles = tiles;
    this.compositor = new Compositor(tiles);
    document.onChange(() => {
      this.compositor.setLayers(document.layers);
      this.requestDraw();
    });
  }

  get records(): RecordMap {
    return this.#document.records;
  }

  /** The canvas element says how it is drawn again. */
  setDrawer(requestDraw: () => void): void {
    this.#requestDraw = requestDraw;
  }

  requestDraw(): void {
    this.#requestDraw();
  }

  /** A tile came from the studio. */
  tileLoaded(): void {
    this.compositor.markAllDirty();
    this.requestDraw();
  }

  setSize(width: number, height: number): void {
    this.#size = { width, height };
    if (!this.#hasView || this.#isFitted) this.fitFrame();
    this.requestDraw();
  }

  setView(view: View): void {
    this.view = view;
    // The pointer stays where it is on the screen.
    if (this.pointer) this.pointer = { ...this.pointer, canvas: toCanvas(view, this.pointer.screen) };
    this.#isFitted = false;
    this.requestDraw();
  }

  zoomBy(factor: number, at: Point = this.middle): void {
    this.setView(zoomAt(this.view, at, factor));
  }

  zoomTo(scale: number): void {
    this.setView(centreView(this.#document.canvas.frame, this.#size.width, this.#size.height, { ...this.view, scale }));
  }

  /** Turns what is shown, not the picture; radians, clockwise. */
  rotateBy(angle: number, at: Point = this.middle): void {
    this.setView(rotateAt(this.view, at, angle));
  }

  mirror(): void {
    this.setView(mirrorAt(this.view, this.middle));
  }

  /** Shows the canvas upright and not mirrored. */
  resetTurn(): void {
    this.setView(turnAt(this.view, this.middle, unturned));
  }

  get middle(): Point {
    return { x: this.#size.width / 2, y: this.#size.height / 2 };
  }

  /** Shows the whole frame; before the canvas has a size, as soon as it has one. */
  fitFrame(): void {
    this.#hasView = this.#size.width > 1;
    this.setView(fitView(this.#document.canvas.frame, this.#size.width, this.#size.height, fitMargins, this.view));
    this.#isFitted = true;
  }

  /** Arrow keys: the frame moves by its step with the frame tool, the active layer by a pixel with the move tool, else the view. */
  nudge(x: number, y: number): void {
    const { canvas, active } = this.#document;
    if (this.tool === 'frame') {
      const step = this.options.frameStep;
      this.apply(setFrame(this.records, { ...canvas.frame, x: canvas.frame.x + x * step, y: canvas.frame.y + y * step }));
    } else if (this.tool === 'move' && canvas.selection.length > 0) {
      changeBox(
        this,
        (box) => moveBox(box, { x, y }),
        (layer) => `Move ${layer.name}`,
      );
    } else if (this.tool === 'move' && active && !active.locked) {
      const offset = { x: active.offset.x + x, y: active.offset.y + y };
      this.apply(editLayer(this.records, active.id, { offset }, `Move ${active.name}`, 'nudge'));
    } else this.setView(pan(this.view, { x: -x * 32, y: -y * 32 }));
  }

  /** An upright rectangle around all of the canvas that is shown. */
  visible(): Rectangle {
    return visibleBounds(this.view, this.#size.width, this.#size.height);
  }

  setTool(tool: ToolName): void {
    this.cancelGesture();
    this.tool = tool;
    this.requestDraw();
  }

  setOptions(options: Partial<ToolOptions>): void {
    this.options = { ...this.options, ...options };
    this.requestDraw();
  }

  /** Takes another tool in hand until `releaseTool`; not in the middle of a gesture. */
  holdTool(tool: ToolName): void {
    if (this.gesture === null) this.heldTool = tool;
  }

  /** The gesture that goes on is ended by its own tool. */
  releaseTool(): void {
    this.heldTool = null;
    this.requestDraw();
  }

  pointerDown(input: PointerInput): void {
    this.cancelGesture();
    this.pointer = input;
    this.#document.closeStep();
    this.gesture = toolbox[this.activeTool].down(this, input);
    this.requestDraw();
  }

  pointerMove(input: PointerInput): void {
    this.pointer = input;
    this.gesture?.move(input);
    this.requestDraw();
  }

  pointerUp(input: PointerInput): void {
    const gesture = this.gesture;
    this.gesture = null;
    gesture?.up(input);
    this.#document.closeStep();
    this.requestDraw();
  }

  cancelGesture(): void {
    const gesture = this.gesture;
    this.gesture = null;
    gesture?.cancel();
    this.requestDraw();
  }

  readonly cursor: string = $derived(this.gesture?.cursor ?? toolbox[this.activeTool].cursor(this, this.pointer));

  activeLayer(): Layer | null {
    return this.#document.active;
  }

  paintLayer(): Layer | null {
    const layer = this.#document.active;
    if (layer === null) return this.#document.addLayer('raster');
    if (layer.kind === 'reference') {
      this.notify('A reference image is not painted on. Choose another layer.');
      return null;
    }
    if (layer.hidden) {
      this.notify(`${layer.name} is hidden. Show it to paint on it.`);
      return null;
    }
    return this.mayChange(layer) ? layer : null;
  }

  mayChange(layer: Layer): boolean {
    if (layer.locked) this.notify(`${layer.name} is locked.`);
    else if (!isLoaded(layer, this.tiles)) this.notify(`${layer.name} is still being loaded.`);
    else return true;
    return false;
  }

  activateAt(point: Point): void {
    const layer = this.compositor.layerAt(point.x, point.y);
    if (layer) this.#document.setActive(layer.id);
  }

  setLastPoint(point: LastPoint | null): void {
    this.lastPoint = point;
  }

  apply(delta: Delta): void {
    this.#document.apply(delta);
  }

  setLive(live: LivePixels | null): void {
    this.compositor.setLive(live);
    this.requestDraw();
  }

  markDirty(area: Rectangle): void {
    this.compositor.markDirty(area);
    this.requestDraw();
  }

  setDraft(draft: Draft | null): void {
    this.draft = draft;
    this.requestDraw();
  }

  notify(sentence: string): void {
    this.#toasts.show('info', sentence);
  }
}
