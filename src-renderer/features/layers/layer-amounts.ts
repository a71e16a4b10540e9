import type { Layer, LayerKind } from '../../document/records.ts';
import { percentText } from '../../state/words.ts';

/** Numbers of layers that are set with a slider. */
export type AmountName = 'strength' | 'feather' | 'grow' | 'opacity';

/** One slider of an inspector. */
export interface Amount {
  readonly name: AmountName;
  readonly label: string;
  readonly range: readonly [min: number, max: number, step: number];
  readonly hint: string;
  format(value: number): string;
}

const times = (value: number) => value.toFixed(2);
const pixels = (value: number) => `${value} px`;

const feather = (hint: string): Amount => ({ name: 'feather', label: 'Feather', range: [0, 128, 1], hint, format: pixels });
const strength = (range: Amount['range'], hint: string): Amount => ({ name: 'strength', label: 'Strength', range, hint, format: times });
const opacity = (min: number, hint: string): Amount => ({
  name: 'opacity',
  label: 'Opacity',
  range: [min, 1, 0.01],
  hint,
  format: percentText,
});

/** The sliders of each kind of layer, in the order they are shown. */
export const amounts: Readonly<Record<LayerKind, readonly Amount[]>> = {
  raster: [opacity(0, '')],
  control: [
    strength([0, 2, 0.05], 'How closely the picture follows what is drawn here.'),
    opacity(0.1, 'Only how it is shown on the canvas.'),
  ],
  region: [
    strength([0, 3, 0.05], 'How strongly the region’s prompt counts inside its area.'),
    feather('How soft the edge of the region is.'),
  ],
  mask: [
    strength([0.05, 1, 0.05], 'How much may change inside the mask.'),
    feather('Over how many pixels the change fades out around the mask.'),
    {
      name: 'grow',
      label: 'Grow',
      range: [-64, 64, 1],
      hint: 'Makes the mask larger or smaller than it was painted.',
      format: pixels,
    },
  ],
  reference: [],
};

/** The value of an amount; 0 for a layer that has no such field. */
export function amountOf(layer: Layer, name: AmountName): number {
  const fields: Partial<Record<AmountName, number>> = layer;
  return fields[name] ?? 0;
}
