import type { RgbPicture } from '../../rgb-picture.ts';
import type { KeyPoint } from './pose.ts';

type Colour = readonly [number, number, number];

/** OpenPose's body by COCO's points; the neck lies between the shoulders. */
const bodyPoints = [0, 'neck', 6, 8, 10, 5, 7, 9, 12, 14, 16, 11, 13, 15, 2, 1, 4, 3] as const;

/** Pairs of body points in OpenPose's order, which is that of the colours. */
const limbs: readonly (readonly [number, number])[] = [
  [1, 2], [1, 5], [2, 3], [3, 4], [5, 6], [6, 7], [1, 8], [8, 9], [9, 10], [1, 11], [11, 12], [12, 13], [1, 0], [0, 14], [14, 16], [0, 15], [15, 17],
]; // prettier-ignore

const colours: readonly Colour[] = [
  [255, 0, 0], [255, 85, 0], [255, 170, 0], [255, 255, 0], [170, 255, 0], [85, 255, 0], [0, 255, 0], [0, 255, 85], [0, 255, 170], [0, 255, 255],
  [0, 170, 255], [0, 85, 255], [0, 0, 255], [85, 0, 255], [170, 0, 255], [255, 0, 255], [255, 0, 170], [255, 0, 85],
]; // prettier-ignore

/** Of whole-body networks: 133 points with feet, face and hands. */
const wholeBody = { count: 133, face: [23, 91], hands: [91, 112] } as const;
const handPoints = 21;
const fingers = [1, 5, 9, 13, 17] as const;
const certain = 0.3;

/** People as the OpenPose figures that pose controls take: coloured limbs on black, with hands and face where the network gives them. */
export function drawPoses(people: readonly (readonly KeyPoint[])[], size: { readonly width: number; readonly height: number }): RgbPicture {
  const canvas = new Canvas(size.width, size.height);
  const unit = Math.max(Math.min(size.width, size.height) / 512, 0.5);
  for (const points of people) drawBody(canvas, points, unit);
  for (const points of people) if (points.length === wholeBody.count) drawDetails(canvas, points, unit);
  return canvas.picture;
}

function drawBody(canvas: Canvas, points: readonly KeyPoint[], unit: number): void {
  const body = bodyPoints.map((index) => (index === 'neck' ? middle(points[5]!, points[6]!) : points[index]!));
  limbs.forEach(([from, to], i) => {
    const [a, b] = [body[from]!, body[to]!];
    if (isSeen(a) && isSeen(b)) canvas.line(a, b, 4 * unit, dimmed(colours[i]!));
  });
  body.forEach((point, i) => {
    if (isSeen(point)) canvas.dot(point, 4 * unit, colours[i]!);
  });
}

function drawDetails(canvas: Canvas, points: readonly KeyPoint[], unit: number): void {
  for (const first of wholeBody.hands) {
    const hand = points.slice(first, first + handPoints);
    fingers.forEach((base, finger) => {
      [0, base, base + 1, base + 2, base + 3].reduce((from, to, joint) => {
        const [a, b] = [hand[from]!, hand[to]!];
        if (isSeen(a) && isSeen(b)) canvas.line(a, b, unit, colours[(4 * finger + joint) % colours.length]!);
        return to;
      });
    });
    for (const point of hand) if (isSeen(point)) canvas.dot(point, 2 * unit, [0, 0, 255]);
  }
  for (const point of points.slice(...wholeBody.face)) if (isSeen(point)) canvas.dot(point, 1.5 * unit, [255, 255, 255]);
}

function middle(a: KeyPoint, b: KeyPoint): KeyPoint {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, score: Math.min(a.score, b.score) };
}

function isSeen({ score }: KeyPoint): boolean {
  return score > certain;
}

/** Limbs are darker than joints. */
function dimmed([red, green, blue]: Colour): Colour {
  return [Math.round(0.6 * red), Math.round(0.6 * green), Math.round(0.6 * blue)];
}

/** Thick lines and dots on black. */
class Canvas {
  readonly #width: number;
  readonly #height: number;
  readonly #data: Uint8Array;

  constructor(width: number, height: number) {
    this.#width = width;
    this.#height = height;
    this.#data = new Uint8Array(3 * width * height);
  }

  get picture(): RgbPicture {
    return { width: this.#width, height: this.#height, data: this.#data };
  }

  dot(centre: KeyPoint, radius: number, colour: Colour): void {
    this.line(centre, centre, radius, colour);
  }

  /** Every pixel nearer than `radius` to the stretch from a to b. */
  line(a: KeyPoint, b: KeyPoint, radius: number, colour: Colour): void {
    const [left, right] = [
      Math.max(Math.floor(Math.min(a.x, b.x) - radius), 0),
      Math.min(Math.ceil(Math.max(a.x, b.x) + radius), this.#width - 1),
    ];
    const [top, bottom] = [
      Math.max(Math.floor(Math.min(a.y, b.y) - radius), 0),
      Math.min(Math.ceil(Math.max(a.y, b.y) + radius), this.#height - 1),
    ];
    const [dx, dy] = [b.x - a.x, b.y - a.y];
    const length = dx * dx + dy * dy;
    for (let y = top; y <= bottom; y++)
      for (let x = left; x <= right; x++) {
        const along = length === 0 ? 0 : Math.min(Math.max(((x - a.x) * dx + (y - a.y) * dy) / length, 0), 1);
        if (Math.hypot(x - a.x - along * dx, y - a.y - along * dy) <= radius) this.#data.set(colour, 3 * (y * this.#width + x));
      }
  }
}
