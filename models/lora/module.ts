import type { WeightLocation } from '../checkpoint/types.ts';
import type { LoraTarget } from './key-table.ts';
import type { PartName } from './parts.ts';

/** How a module's change of a weight is written down. `none`: it changes the bias alone. */
export type LoraKind = 'lora' | 'tucker' | 'loha' | 'lokr' | 'glora' | 'ia3' | 'full' | 'none';

/** How far weights other than 1 reach into a norm: PEFT counts them inside, LyCORIS outside. */
export type DoraRule = 'peft' | 'lycoris';

/** One layer's change in a LoRA file. */
export interface LoraModule extends LoraTarget {
  readonly kind: LoraKind;
  readonly dora: DoraRule | undefined;
  /** Factor of the product of the factors: alpha / rank, or 1. */
  readonly scale: number;
  /** Shape of the weight that is changed. */
  readonly shape: readonly number[];
  readonly parts: ReadonlyMap<PartName, WeightLocation>;
}

/** Whether the change can run beside the layer as two thin layers, with a weight that changes nothing else. */
export function isPlain({ kind, dora, parts }: LoraModule): boolean {
  return kind === 'lora' && dora === undefined && !parts.has('upBias') && !parts.has('diffBias');
}

/** The kind that a module's tensors make; undefined when some of them are missing. */
export function kindOf(has: (part: PartName) => boolean): LoraKind | undefined {
  if (has('down') || has('up')) return has('down') && has('up') ? (has('mid') ? 'tucker' : 'lora') : undefined;
  const hada = (['hadaW1A', 'hadaW1B', 'hadaW2A', 'hadaW2B'] as const).map(has);
  if (hada.includes(true)) return hada.includes(false) || has('hadaT1') !== has('hadaT2') ? undefined : 'loha';
  if (has('lokrW1') || has('lokrW1A') || has('lokrW2') || has('lokrW2A')) {
    const first = has('lokrW1') || (has('lokrW1A') && has('lokrW1B'));
    return first && (has('lokrW2') || (has('lokrW2A') && has('lokrW2B'))) ? 'lokr' : undefined;
  }
  const glora = (['gloraA1', 'gloraA2', 'gloraB1', 'gloraB2'] as const).map(has);
  if (glora.includes(true)) return glora.includes(false) ? undefined : 'glora';
  if (has('ia3Factor') || has('ia3')) return 'ia3';
  if (has('diff')) return 'full';
  return has('diffBias') ? 'none' : undefined;
}

/**
 * The number of factors between the two halves, by which alpha is divided. Undefined where the product is not of
 * low rank: full LoKr factors, IA3 and whole differences ignore alpha.
 */
export function rankOf(kind: LoraKind, shapeOf: (part: PartName) => readonly number[] | undefined): number | undefined {
  switch (kind) {
    case 'lora':
    case 'tucker':
      return shapeOf('down')?.[0];
    case 'loha':
      return shapeOf('hadaW1B')?.[0];
    case 'lokr':
      return (shapeOf('lokrW1B') ?? shapeOf('lokrW2B'))?.[0];
    case 'glora':
      return Math.min(...(shapeOf('gloraA1') ?? [1]).slice(0, 2));
    case 'ia3':
    case 'full':
    case 'none':
      return undefined;
    default:
      return kind satisfies never;
  }
}
