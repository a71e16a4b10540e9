import { intersect, roundOut, type Point, type Rectangle, type View } from '../document/geometry.ts';
import type { Layer } from '../document/records.ts';
import { isTurned, toCanvas, viewMatrix, visibleBounds } from '../document/view.ts';
import { tileBounds, tileSize, tilesIn, type TileKey } from '../document/tiles.ts';
import { compositeOperation, drawLayer, liveBounds, roughBounds, type LivePixels, type Tiles } from './layer-pixels.ts';
import { context, newSurface, type Context, type Surface } from './surface.ts';

/** How strongly regions and masks tint what lies beneath. */
const tint = 0.3;

interface CompositeTile {
  readonly surface: Surface;
  isDirty: boolean;
  isBlank: boolean;
}

/** What was drawn beneath and above the layer that is being painted on, kept while the stroke lasts. */
interface Sandwich {
  readonly below: Surface;
  /** null when a layer above does not blend normally and has to be drawn each time. */
  readonly above: Surface | null;
}

/**
 * All layers over each other, kept as tiles of the canvas. A tile is drawn again only when something in it changed, so panning and
 * zooming cost one drawImage a visible tile whatever the number of layers.
 */
export class Compositor {
  readonly #tiles: Tiles;
  readonly #cache = new Map<TileKey, CompositeTile>();
  readonly #sandwiches = new Map<TileKey, Sandwich>();
  #layers: readonly Layer[] = [];
  #live: LivePixels | null = null;
  readonly #scratch = newSurface();
  /** What a turned view shows, before it is turned: grows as needed. */
  #upright = newSurface(1, 1);

  constructor(tiles: Tiles) {
    this.#tiles = tiles;
  }

  /** Layers from top to bottom. Marks dirty what differs from before. */
  setLayers(layers: readonly Layer[]): void {
    const before = paintOrder(this.#layers);
    const after = paintOrder(layers);
    this.#layers = layers;
    this.#sandwiches.clear();
    const old = new Map(before.map((layer, index) => [layer.id, { layer, index }]));
    const kept = new Set<Layer['id']>();
    let lastIndex = -1;
    for (const layer of after) {
      const match = old.get(layer.id);
      if (match === undefined || match.index < lastIndex || looksDifferent(match.layer, layer)) this.#markLayer(layer);
      else this.#markTiles(match.layer, layer);
      if (match !== undefined) {
        kept.add(layer.id);
        if (match.index < lastIndex || looksDifferent(match.layer, layer)) this.#markLayer(match.layer);
        lastIndex = Math.max(lastIndex, match.index);
      }
    }
    for (const layer of before) if (!kept.has(layer.id)) this.#markLayer(layer);
  }

  setLive(live: LivePixels | null): void {
    this.#live = live;
    this.#sandwiches.clear();
  }

  markDirty(area: Rectangle): void {
    for (const key of tilesIn(roundOut(area))) {
      const tile = this.#cache.get(key);
      if (tile) tile.isDirty = true;
    }
  }

  markAllDirty(): void {
    for (const tile of this.#cache.values()) tile.isDirty = true;
    this.#sandwiches.clear();
  }

  /**
   * Draws what `view` shows onto `target` (device pixels, `ratio` to a CSS pixel). Spends at most about `budgetMs` on tiles that
   * changed; returns false when some are left for the next frame and still show their old pixels.
   */
  draw(
    target: Context | CanvasRenderingContext2D,
    view: View,
    size: { width: number; height: number; ratio: number },
    budgetMs: number,
  ): boolean {
    const scale = view.scale * size.ratio;
    const visible = visibleBounds(view, size.width / size.ratio, size.height / size.ratio);
    if (!isTurned(view)) return this.#drawTiles(target, { area: visible, corner: toCanvas(view, { x: 0, y: 0 }), scale }, budgetMs);
    // Turned tiles would show seams, since their edges would not fall on pixels: they are joined upright first.
    const content = this.#contentBounds();
    const area = content && intersect(visible, content);
    if (area === null) return true;
    const width = Math.ceil(area.width * scale);
    const height = Math.ceil(area.height * scale);
    if (this.#upright.width < width || this.#upright.height < height) {
      this.#upright = newSurface(Math.max(width, this.#upright.width), Math.max(height, this.#upright.height));
    }
    const upright = context(this.#upright);
    upright.clearRect(0, 0, width, height);
    const isComplete = this.#drawTiles(upright, { area, corner: area, scale }, budgetMs);
    target.save();
    target.setTransform(...viewMatrix(view, size.ratio));
    target.translate(area.x, area.y);
    target.scale(1 / scale, 1 / scale);
    target.imageSmoothingEnabled = true;
    target.drawImage(this.#upright, 0, 0, width, height, 0, 0, width, height);
    target.restore();
    return isComplete;
  }

  /** Draws the tiles of `area` with the canvas point `corner` at 0, 0 and `scale` pixels to a canvas pixel. */
  #drawTiles(
    target: Context | CanvasRenderingContext2D,
    { area, corner, scale }: { readonly area: Rectangle; readonly corner: Point; readonly scale: number },
    budgetMs: number,
  ): boolean {
    const start = performance.now();
    let isComplete = true;
    // Single pixels show their edges only where they are large enough to be meant.
    target.imageSmoothingEnabled = scale < 4;
    target.imageSmoothingQuality = scale < 0.5 ? 'medium' : 'low';
    for (const key of this.#occupied(area)) {
      const tile = this.#tile(key);
      if (tile.isDirty) {
        if (performance.now() - start < budgetMs) this.#compose(key, tile);
        else isComplete = false;
      }
      if (tile.isBlank) continue;
      const bounds = tileBounds(key);
      // Edges are rounded to device pixels, the same for both neighbours: no seams, at the cost of up to half a pixel.
      const left = Math.round((bounds.x - corner.x) * scale);
      const top = Math.round((bounds.y - corner.y) * scale);
      const right = Math.round((bounds.x + tileSize - corner.x) * scale);
      const bottom = Math.round((bounds.y + tileSize - corner.y) * scale);
      target.drawImage(tile.surface, left, top, right - left, bottom - top);
    }
    return isComplete;
  }

  /** What is shown at a point of the canvas, as RGBA. */
  colourAt(x: number, y: number): readonly [number, number, number, number] {
    const target = context(newSurface(1, 1));
    for (const layer of paintOrder(this.#layers)) {
      if (layer.kind !== 'raster' && layer.kind !== 'control') continue;
      target.globalAlpha = layer.opacity;
      target.globalCompositeOperation = layer.kind === 'raster' ? compositeOperation(layer.blend) : 'source-over';
      drawLayer(target, layer, pixel(x, y), this.#tiles, this.#live);
    }
    const [red = 0, green = 0, blue = 0, alpha = 0] = target.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha];
  }

  /** The topmost visible layer with a pixel at a point of the canvas. */
  layerAt(x: number, y: number): Layer | null {
    const target = context(newSurface(1, 1));
    const hit = paintOrder(this.#layers).findLast((layer) => {
      target.clearRect(0, 0, 1, 1);
      drawLayer(target, layer, pixel(x, y), this.#tiles, null);
      return (target.getImageData(0, 0, 1, 1).data[3] ?? 0) > 0;
    });
    return hit ?? null;
  }

  /** Keys of visible tiles that hold anything or did when last drawn. */
  #occupied(visible: Rectangle): TileKey[] {
    const content = this.#contentBounds();
    const area = content && intersect(visible, content);
    return area === null ? [] : tilesIn(roundOut(area));
  }

  #contentBounds(): Rectangle | null {
    let left = Infinity;
    let top = Infinity;
    let right = -Infinity;
    let bottom = -Infinity;
    const include = (bounds: Rectangle | null) => {
      if (bounds === null) return;
      left = Math.min(left, bounds.x);
      top = Math.min(top, bounds.y);
      right = Math.max(right, bounds.x + bounds.width);
      bottom = Math.max(bottom, bounds.y + bounds.height);
    };
    for (const layer of this.#layers) {
      if (layer.hidden) continue;
      include(roughBounds(layer));
      if (this.#live?.layer === layer.id) include(liveBounds(this.#live, layer));
    }
    return left === Infinity ? null : { x: left, y: top, width: right - left, height: bottom - top };
  }

  #tile(key: TileKey): CompositeTile {
    const known = this.#cache.get(key);
    if (known) return known;
    const tile = { surface: newSurface(), isDirty: true, isBlank: true };
    this.#cache.set(key, tile);
    return tile;
  }

  #compose(key: TileKey, tile: CompositeTile): void {
    const area = tileBounds(key);
    const target = context(tile.surface);
    target.clearRect(0, 0, tileSize, tileSize);
    const order = paintOrder(this.#layers);
    const liveIndex = this.#live === null ? -1 : order.findIndex((layer) => layer.id === this.#live?.layer);
    let drew = 0;
    if (liveIndex < 0) for (const layer of order) drew += this.#paint(target, layer, area);
    else drew = this.#paintAroundLive(target, key, order, liveIndex);
    tile.isBlank = drew === 0;
    tile.isDirty = false;
  }

  #paintAroundLive(target: Context, key: TileKey, order: readonly Layer[], liveIndex: number): number {
    const area = tileBounds(key);
    const above = order.slice(liveIndex + 1);
    let sandwich = this.#sandwiches.get(key);
    if (sandwich === undefined) {
      const isFlat = above.every((layer) => layer.kind !== 'raster' || layer.blend === 'normal');
      sandwich = { below: this.#flatten(order.slice(0, liveIndex), area), above: isFlat ? this.#flatten(above, area) : null };
      this.#sandwiches.set(key, sandwich);
    }
    target.drawImage(sandwich.below, 0, 0);
    const live = order[liveIndex];
    if (live) this.#paint(target, live, area);
    if (sandwich.above) target.drawImage(sandwich.above, 0, 0);
    else for (const layer of above) this.#paint(target, layer, area);
    return 1;
  }

  #flatten(layers: readonly Layer[], area: Rectangle): Surface {
    const surface = newSurface();
    for (const layer of layers) this.#paint(context(surface), layer, area);
    return surface;
  }

  /** 1 when the layer has anything in the area, else 0. */
  #paint(target: Context, layer: Layer, area: Rectangle): number {
    const isLive = this.#live?.layer === layer.id;
    const bounds = roughBounds(layer);
    if (!isLive && (bounds === null || intersect(bounds, area) === null)) return 0;
    target.save();
    if (layer.kind === 'region' || layer.kind === 'mask') {
      const scratch = this.#clearScratch();
      drawLayer(scratch, layer, area, this.#tiles, this.#live);
      scratch.globalCompositeOperation = 'source-in';
      scratch.fillStyle = layer.colour;
      scratch.fillRect(0, 0, tileSize, tileSize);
      target.globalAlpha = tint * layer.opacity;
      target.drawImage(this.#scratch, 0, 0);
    } else {
      target.globalAlpha = layer.opacity;
      if (layer.kind === 'raster') target.globalCompositeOperation = compositeOperation(layer.blend);
      if (isLive && this.#live?.placed) {
        // What lies over each other within one layer is blended as one.
        drawLayer(this.#clearScratch(), layer, area, this.#tiles, this.#live);
        target.drawImage(this.#scratch, 0, 0);
      } else drawLayer(target, layer, area, this.#tiles, this.#live);
    }
    target.restore();
    return 1;
  }

  #clearScratch(): Context {
    const scratch = context(this.#scratch);
    scratch.globalCompositeOperation = 'source-over';
    scratch.clearRect(0, 0, tileSize, tileSize);
    return scratch;
  }

  #markLayer(layer: Layer): void {
    const bounds = roughBounds(layer);
    if (bounds) this.markDirty(bounds);
  }

  #markTiles(before: Layer, after: Layer): void {
    if (before.tiles === after.tiles) return;
    for (const key of new Set([...Object.keys(before.tiles), ...Object.keys(after.tiles)]) as Set<TileKey>) {
      if (before.tiles[key] !== after.tiles[key]) this.markDirty(tileBounds(key, after.offset));
    }
  }
}

function pixel(x: number, y: number): Rectangle {
  return { x: Math.floor(x), y: Math.floor(y), width: 1, height: 1 };
}

/** Visible layers from bottom to top: pictures and drawings first, then the tints of regions and masks, which must stay visible. */
function paintOrder(layers: readonly Layer[]): Layer[] {
  const visible = [...layers].reverse().filter((layer) => !layer.hidden && layer.kind !== 'reference');
  const isTint = (layer: Layer) => layer.kind === 'region' || layer.kind === 'mask';
  return [...visible.filter((layer) => !isTint(layer)), ...visible.filter(isTint)];
}

function looksDifferent(a: Layer, b: Layer): boolean {
  if (a.opacity !== b.opacity || a.offset.x !== b.offset.x || a.offset.y !== b.offset.y) return true;
  if (a.kind === 'raster' && b.kind === 'raster') return a.blend !== b.blend;
  if ((a.kind === 'region' || a.kind === 'mask') && (b.kind === 'region' || b.kind === 'mask')) return a.colour !== b.colour;
  return false;
}
