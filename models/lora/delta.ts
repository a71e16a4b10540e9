import { elementCount } from '../../kernels/tensor.ts';
import type { LoraModule } from './module.ts';
import { kroneckerProduct, multiplyMatrices, transposeMatrix, tuckerProduct } from './matrix.ts';
import type { PartName } from './parts.ts';

export interface PartValues {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** The tensors of a module by what they are. */
export type PartTensors = ReadonlyMap<PartName, PartValues>;

type Patch = Pick<LoraModule, 'kind' | 'scale' | 'dora' | 'shape'>;

/**
 * The change that a module's factors make, in the weight's memory order: scale times their product, as LyCORIS has it. IA3
 * and GLoRA, whose changes depend on the weight, take it as `weight`. Empty where the module changes no weight.
 */
export function weightDelta({ kind, scale, shape }: Patch, parts: PartTensors, weight: Float32Array): Float32Array {
  const part = (name: PartName): PartValues => {
    const found = parts.get(name);
    if (!found) throw new RangeError(`LoRA of kind ${kind}: expected the part ${name}, got none`);
    return found;
  };
  const taps = elementCount(shape.slice(2));
  switch (kind) {
    case 'lora':
      return scaled(product(part('up'), part('down')), scale);
    case 'tucker':
      return scaled(tucker(part('mid'), part('up').data, part('down').data), scale);
    case 'loha': {
      const [first, second] = (['1', '2'] as const).map((i) => {
        const a = part(`hadaW${i}A`);
        const b = part(`hadaW${i}B`);
        const core = parts.get(`hadaT${i}`);
        return core ? tucker(core, transposeMatrix(a.data, a.shape[0]!), b.data) : product(a, b);
      }) as [Float32Array, Float32Array];
      return scaled(first.map((value, i) => value * second[i]!), scale); // prettier-ignore
    }
    case 'lokr':
      return scaled(lokr(parts, part, taps), scale);
    case 'glora':
      return scaled(glora(part, weight, shape), scale);
    case 'ia3':
      return ia3(parts, weight, shape);
    case 'full':
      return part('diff').data;
    case 'none':
      return new Float32Array(0);
    default:
      return kind satisfies never;
  }
}

/** a [o, r, ...] times b [r, ...]: trailing unit sizes of 1x1 convolutions fall away. */
function product(a: PartValues, b: PartValues): Float32Array {
  return multiplyMatrices(a.data, b.data, b.shape[0]!);
}

function tucker(core: PartValues, left: Float32Array, right: Float32Array): Float32Array {
  const [m, n, ...kernel] = core.shape as [number, number, ...number[]];
  return tuckerProduct(left, core.data, right, [m, n, kernel.reduce((total, size) => total * size, 1)]);
}

function lokr(parts: PartTensors, part: (name: PartName) => PartValues, taps: number): Float32Array {
  const whole = parts.get('lokrW1');
  const first = whole?.data ?? product(part('lokrW1A'), part('lokrW1B'));
  const rows = (whole ?? part('lokrW1A')).shape[0]!;
  const core = parts.get('lokrT2');
  const second = parts.get('lokrW2');
  const a = second ? undefined : part('lokrW2A');
  const innerRows = second ? second.shape[0]! : core ? a!.shape[1]! : a!.shape[0]!;
  const kernel = second?.data ?? (core ? tucker(core, transposeMatrix(a!.data, a!.shape[0]!), part('lokrW2B').data) : product(a!, part('lokrW2B'))); // prettier-ignore
  return kroneckerProduct(first, kernel, { rows, columns: first.length / rows, innerRows, taps });
}

/**
 * W A + B, with A = A1 A2 over the input channels and B = B1 B2 (LyCORIS modules/glora.py). Files of its first versions have the two of each
 * exchanged, which their shapes tell: A1 stands first where its rows are the inputs.
 */
function glora(part: (name: PartName) => PartValues, weight: Float32Array, [rows = 1, columns = 1]: readonly number[]): Float32Array {
  const isNew = part('gloraA1').shape[0] === columns;
  const [a, inner] = isNew ? [part('gloraA1'), part('gloraA2')] : [part('gloraA2'), part('gloraA1')];
  const [b, low] = isNew ? [part('gloraB1'), part('gloraB2')] : [part('gloraB2'), part('gloraB1')];
  const mixed = product(a, inner);
  const sum = Float64Array.from(product(b, low));
  const taps = weight.length / rows / columns;
  for (let row = 0; row < rows; row++)
    for (let from = 0; from < columns; from++)
      for (let to = 0; to < columns; to++) {
        const factor = mixed[from * columns + to]!;
        for (let tap = 0; tap < taps; tap++) {
          sum[(row * columns + to) * taps + tap]! += factor * weight[(row * columns + from) * taps + tap]!;
        }
      }
  return Float32Array.from(sum);
}

/** LyCORIS adds w times the weight; PEFT's vector takes the weight's place as a factor. Both act on rows or on columns. */
function ia3(parts: PartTensors, weight: Float32Array, [rows = 1, columns = 1]: readonly number[]): Float32Array {
  const factor = parts.get('ia3Factor');
  const { data, shape } = factor ?? parts.get('ia3')!;
  const byColumn = factor ? shape[0] === 1 : (parts.get('onInput')?.data[0] ?? 0) !== 0;
  const taps = weight.length / rows / columns;
  return weight.map((value, i) => {
    const own = data[byColumn ? Math.floor(i / taps) % columns : Math.floor(i / taps / columns)]!;
    return value * (factor ? own - 1 : own);
  });
}

function scaled(values: Float32Array, scale: number): Float32Array {
  return scale === 1 ? values : values.map((value) => value * scale);
}
