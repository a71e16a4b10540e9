import type { Point } from '../document/geometry.ts';

/**
 * The borders of a mask as closed loops in cells of the mask, outer borders clockwise, holes the other way round. Each loop runs along
 * the edges between filled and empty cells; corners are cut at the middle of their edges, which turns stairs into slopes.
 */
export function traceOutline(mask: Uint8ClampedArray, width: number, height: number, threshold = 127): Point[][] {
  const isFilled = (x: number, y: number) => x >= 0 && y >= 0 && x < width && y < height && (mask[y * width + x] ?? 0) > threshold;
  const next = new Map<number, number[]>();
  const node = (x: number, y: number) => y * (width + 1) + x;
  const edge = (from: number, to: number) => {
    const known = next.get(from);
    if (known) known.push(to);
    else next.set(from, [to]);
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!isFilled(x, y)) continue;
      if (!isFilled(x, y - 1)) edge(node(x, y), node(x + 1, y));
      if (!isFilled(x + 1, y)) edge(node(x + 1, y), node(x + 1, y + 1));
      if (!isFilled(x, y + 1)) edge(node(x + 1, y + 1), node(x, y + 1));
      if (!isFilled(x - 1, y)) edge(node(x, y + 1), node(x, y));
    }
  }
  const loops: Point[][] = [];
  for (const start of next.keys()) {
    while ((next.get(start)?.length ?? 0) > 0) loops.push(cutCorners(straighten(followLoop(next, start, width + 1))));
  }
  return loops;
}

function followLoop(next: Map<number, number[]>, start: number, stride: number): Point[] {
  const loop: Point[] = [];
  let at: number | undefined = start;
  do {
    loop.push({ x: at % stride, y: Math.floor(at / stride) });
    at = next.get(at)?.pop();
  } while (at !== undefined && at !== start);
  return loop;
}

/** Leaves out the points in the middle of straight lines. */
function straighten(loop: readonly Point[]): Point[] {
  return loop.filter((point, index) => {
    const before = loop[(index + loop.length - 1) % loop.length] ?? point;
    const after = loop[(index + 1) % loop.length] ?? point;
    return (point.x - before.x) * (after.y - point.y) !== (point.y - before.y) * (after.x - point.x);
  });
}

/** Long edges keep their place up to one cell from the corner; short ones shrink to their middle. */
function cutCorners(loop: readonly Point[]): Point[] {
  return loop.flatMap((point, index) => {
    const after = loop[(index + 1) % loop.length] ?? point;
    const length = Math.hypot(after.x - point.x, after.y - point.y);
    if (length <= 2) return [{ x: (point.x + after.x) / 2, y: (point.y + after.y) / 2 }];
    const share = 1 / length;
    return [
      { x: point.x + (after.x - point.x) * share, y: point.y + (after.y - point.y) * share },
      { x: after.x - (after.x - point.x) * share, y: after.y - (after.y - point.y) * share },
    ];
  });
}
