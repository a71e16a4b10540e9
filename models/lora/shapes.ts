import { elementCount } from '../../kernels/tensor.ts';
import type { LoraModule } from './module.ts';
import type { PartName } from './parts.ts';

/** Whether the shapes of a module's tensors make a change of its weight, and of its bias; told before anything is read. */
export function fitsWeight({ kind, dora, shape, parts }: LoraModule): boolean {
  const of = (part: PartName) => parts.get(part)?.shape;
  const [rows = 1, columns = 1] = shape;
  const norms = of('magnitude') ?? of('doraScale');
  if (dora !== undefined && count(norms) !== rows && count(norms) !== columns) return false;
  for (const bias of [of('upBias'), of('diffBias')]) if (bias && count(bias) !== rows) return false;
  switch (kind) {
    case 'lora':
      return isProduct(of('up'), of('down'), shape);
    case 'tucker':
      return isTucker(of('up'), of('mid'), of('down'), shape);
    case 'loha':
      return (['1', '2'] as const).every((i) => {
        const [a, b, core] = [of(`hadaW${i}A`), of(`hadaW${i}B`), of(`hadaT${i}`)];
        return core ? isTucker(a?.toReversed(), core, b, shape) : isProduct(a, b, shape);
      });
    case 'lokr':
      return isKronecker(of, shape);
    case 'glora':
      return isGlora(of, shape);
    case 'ia3':
      return [rows, columns].includes(count(of('ia3Factor') ?? of('ia3')));
    case 'full':
      return count(of('diff')) === count(shape);
    case 'none':
      return true;
    default:
      return kind satisfies never;
  }
}

type Shape = readonly number[];

function isProduct(a: Shape | undefined, b: Shape | undefined, [rows = 1, ...rest]: Shape): boolean {
  if (!a || !b) return false;
  const [outer, rank = 1] = a;
  return outer === rows && count(a) === rows * rank && b[0] === rank && count(b) === rank * count(rest);
}

function isTucker(
  left: Shape | undefined,
  core: Shape | undefined,
  right: Shape | undefined,
  [rows = 1, columns = 1, ...kernel]: Shape,
): boolean {
  if (!left || !core || !right) return false;
  const [m = 0, n = 0, ...taps] = core;
  return left[0] === rows && count(left) === rows * m && right[0] === n && count(right) === n * columns && taps.join() === kernel.join();
}

/** As LyCORIS writes them now, A1 [i, r], A2 [r, i], B1 [o, r], B2 [r, i …], or as it did, with the two of each exchanged. */
function isGlora(of: (part: PartName) => Shape | undefined, shape: Shape): boolean {
  const [a1, a2, b1, b2] = [of('gloraA1'), of('gloraA2'), of('gloraB1'), of('gloraB2')];
  const square = [shape[1] ?? 1, shape[1] ?? 1];
  const fits = (outer: Shape | undefined, inner: Shape | undefined, whole: Shape) => isProduct(outer, inner, whole);
  return (fits(a1, a2, square) && fits(b1, b2, shape)) || (fits(a2, a1, square) && fits(b2, b1, shape));
}

function isKronecker(of: (part: PartName) => Shape | undefined, [rows = 1, columns = 1, ...kernel]: Shape): boolean {
  const first = of('lokrW1') ?? outerShape(of('lokrW1A'), of('lokrW1B'));
  const core = of('lokrT2');
  const [a, b] = [of('lokrW2A'), of('lokrW2B')];
  const taps = count(kernel);
  const second = of('lokrW2') ?? (core && a && b ? [a[1] ?? 0, b[1] ?? 0, ...core.slice(2)] : outerShape(a, b));
  if (!first || !second || first.length !== 2) return false;
  const [r1 = 0, c1 = 0] = first;
  const [r2 = 0] = second;
  return r1 * r2 === rows && (c1 * count(second)) / Math.max(r2, 1) === columns * taps;
}

function outerShape(a: Shape | undefined, b: Shape | undefined): Shape | undefined {
  if (!a || !b || a[1] !== b[0]) return undefined;
  return [a[0] ?? 0, count(b.slice(1))];
}

function count(shape: Shape | undefined): number {
  return elementCount(shape ?? [0]);
}
