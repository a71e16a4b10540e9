import { boundsOfPoints, intersect, pad, roundOut, translate, union, type Point, type Rectangle } from '../document/geometry.ts';
import type { Layer, SelectionPart } from '../document/records.ts';
import { tileBounds, tilesIn, type TileId, type TileKey, type TilePatch } from '../document/tiles.ts';
import type { LivePixels, Tiles } from './layer-pixels.ts';
import { clipToSelection } from './selection.ts';
import { context, isBlank, newSurface, type Context, type Surface } from './surface.ts';

export interface BrushOptions {
  /** Diameter in canvas pixels at full pressure. */
  readonly size: number;
  /** 1 is a hard edge; below, the edge falls off from this share of the radius. */
  readonly hardness: number;
  readonly opacity: number;
  /** CSS colour. */
  readonly colour: string;
  readonly pressureSize: boolean;
  readonly pressureOpacity: boolean;
}

export interface StrokePoint extends Point {
  /** 0 to 1. */
  readonly pressure: number;
}

/** Distance between two dabs of a soft brush, as a share of its diameter. */
const dabSpacing = 0.08;

/** The alpha of one dab so that the `count` dabs that lie over each other at a place of the stroke come to `wanted` together. */
export function dabAlpha(wanted: number, count: number): number {
  return 1 - (1 - Math.min(1, Math.max(0, wanted))) ** (1 / Math.max(1, count));
}

interface StrokeTile {
  /** The stroke alone, so that it does not get darker where it crosses itself. */
  readonly ink: Surface;
  readonly base: Surface | null;
  readonly result: Surface;
}

/**
 * A stroke in progress on one layer. Ink is collected apart and laid over the pixels as they were before; only what the newest
 * piece touches is drawn again. Nothing reaches the document until `finish`.
 */
export class Stroke implements LivePixels {
  readonly layer: Layer['id'];
  readonly tiles = new Map<TileKey, Surface | null>();
  readonly #target: Layer;
  readonly #store: Tiles;
  readonly #brush: BrushOptions;
  readonly #isEraser: boolean;
  readonly #selection: readonly SelectionPart[];
  readonly #work = new Map<TileKey, StrokeTile>();
  #last: StrokePoint | null = null;
  /** Distance to the next dab of a soft brush. */
  #rest = 0;

  constructor(layer: Layer, store: Tiles, brush: BrushOptions, isEraser: boolean, selection: readonly SelectionPart[]) {
    this.layer = layer.id;
    this.#target = layer;
    this.#store = store;
    this.#brush = brush;
    this.#isEraser = isEraser;
    this.#selection = selection;
  }

  /** Draws on to `point` (canvas space). Returns the rectangle of the canvas that changed. */
  extend(point: StrokePoint): Rectangle {
    const { offset } = this.#target;
    const local = { ...point, x: point.x - offset.x, y: point.y - offset.y };
    const from = this.#last ?? local;
    const radius = Math.max(this.#radius(from), this.#radius(local));
    const touched = roundOut(pad(boundsOfPoints([from, local]) as Rectangle, radius + 2));
    const isFirst = this.#last === null;
    // Pieces of a line would add up where they meet if pressure makes them see-through.
    const dabs = this.#brush.hardness < 1 || this.#brush.pressureOpacity ? this.#dabs(from, local, isFirst) : null;
    for (const key of tilesIn(touched)) {
      const part = intersect(touched, tileBounds(key));
      if (part === null) continue;
      const tile = this.#tile(key);
      const ink = context(tile.ink);
      ink.setTransform(1, 0, 0, 1, -tileBounds(key).x, -tileBounds(key).y);
      if (dabs) for (const dab of dabs) this.#stamp(ink, dab);
      else this.#capsule(ink, from, local);
      this.#compose(key, tile, part);
    }
    this.#last = local;
    return translate(touched, offset);
  }

  /** The patch for the document. The stroke must not be extended afterwards. */
  finish(): TilePatch {
    const patch: Record<TileKey, TileId | null> = {};
    for (const [key, tile] of this.#work) {
      const old = this.#target.tiles[key];
      if (!this.#isEraser || !isBlank(tile.result)) patch[key] = this.#store.add(tile.result);
      else if (old !== undefined) patch[key] = null;
    }
    return patch;
  }

  /** Rectangle of the canvas that the stroke touched. */
  bounds(): Rectangle | null {
    let bounds: Rectangle | null = null;
    for (const key of this.#work.keys()) bounds = union(bounds, tileBounds(key, this.#target.offset));
    return bounds;
  }

  #radius(point: StrokePoint): number {
    return Math.max(0.5, (this.#brush.size / 2) * (this.#brush.pressureSize ? point.pressure : 1));
  }

  #tile(key: TileKey): StrokeTile {
    const known = this.#work.get(key);
    if (known) return known;
    const id = this.#target.tiles[key];
    const tile = { ink: newSurface(), base: (id !== undefined && this.#store.get(id)) || null, result: newSurface() };
    if (tile.base) context(tile.result).drawImage(tile.base, 0, 0);
    this.#work.set(key, tile);
    this.tiles.set(key, tile.result);
    return tile;
  }

  #compose(key: TileKey, tile: StrokeTile, part: Rectangle): void {
    const bounds = tileBounds(key);
    const [x, y] = [part.x - bounds.x, part.y - bounds.y];
    const target = context(tile.result);
    target.save();
    target.beginPath();
    target.rect(x, y, part.width, part.height);
    target.clip();
    target.clearRect(x, y, part.width, part.height);
    if (tile.base) target.drawImage(tile.base, 0, 0);
    target.globalAlpha = this.#brush.opacity;
    target.globalCompositeOperation = this.#isEraser ? 'destination-out' : 'source-over';
    target.drawImage(this.#clipped(key, tile.ink), 0, 0);
    target.restore();
  }

  #clipped(key: TileKey, ink: Surface): Surface {
    if (this.#selection.length === 0) return ink;
    const copy = newSurface();
    context(copy).drawImage(ink, 0, 0);
    clipToSelection(copy, tileBounds(key, this.#target.offset), this.#selection);
    return copy;
  }

  /** Hard brush: the area that a disc covers on its way, as one path; its ends may differ in radius. */
  #capsule(ink: Context, from: StrokePoint, to: StrokePoint): void {
    const [r0, r1] = [this.#radius(from), this.#radius(to)];
    ink.fillStyle = this.#brush.colour;
    ink.beginPath();
    ink.arc(to.x, to.y, r1, 0, 2 * Math.PI);
    ink.fill();
    const distance = Math.hypot(to.x - from.x, to.y - from.y);
    if (distance <= Math.abs(r0 - r1) || distance === 0) return;
    const along = Math.atan2(to.y - from.y, to.x - from.x);
    const lean = Math.acos((r0 - r1) / distance);
    ink.beginPath();
    ink.arc(from.x, from.y, r0, along + lean, along - lean);
    ink.arc(to.x, to.y, r1, along - lean, along + lean);
    ink.fill();
  }

  #dabs(from: StrokePoint, to: StrokePoint, isFirst: boolean): StrokePoint[] {
    const distance = Math.hypot(to.x - from.x, to.y - from.y);
    const dabs: StrokePoint[] = isFirst ? [to] : [];
    const spacing = Math.max(1, this.#brush.size * dabSpacing);
    let at = isFirst ? spacing : this.#rest;
    for (; at <= distance; at += spacing) {
      const share = at / distance;
      dabs.push({
        x: from.x + (to.x - from.x) * share,
        y: from.y + (to.y - from.y) * share,
        pressure: from.pressure + (to.pressure - from.pressure) * share,
      });
    }
    this.#rest = at - distance;
    return dabs;
  }

  #stamp(ink: Context, dab: StrokePoint): void {
    const radius = this.#radius(dab);
    ink.globalAlpha = this.#brush.pressureOpacity ? dabAlpha(dab.pressure, (2 * radius) / Math.max(1, this.#brush.size * dabSpacing)) : 1;
    const gradient = ink.createRadialGradient(dab.x, dab.y, radius * Math.min(0.99, this.#brush.hardness), dab.x, dab.y, radius);
    gradient.addColorStop(0, this.#brush.colour);
    gradient.addColorStop(1, `${this.#brush.colour.slice(0, 7)}00`);
    ink.fillStyle = gradient;
    ink.beginPath();
    ink.arc(dab.x, dab.y, radius, 0, 2 * Math.PI);
    ink.fill();
  }
}
