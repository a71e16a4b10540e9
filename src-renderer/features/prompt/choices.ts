import { samplersOnGrid, type SamplerName } from '../../../src-main/contract/recipe.ts';
import type { ModelInfo } from '../../../src-main/contract/reports.ts';
import { snap } from '../../document/geometry.ts';
import type { Infill, SettingsRecord } from '../../document/records.ts';
import { scheduleTitles } from '../../state/titles.ts';

type Schedule = SettingsRecord['schedule'];

const schedules = (Object.keys(scheduleTitles) as Schedule[]).map((value) => ({ value, label: scheduleTitles[value] }));

/** Whether a sampler keeps to noise levels of its own. Automatic does not: the engine takes one that can follow the schedule. */
export function isOnGrid(sampler: SamplerName | null): boolean {
  return sampler !== null && samplersOnGrid.includes(sampler);
}

/** The schedules a sampler can follow, and one that it cannot where that is set: the engine says what is wrong with it. */
export function schedulesFor({ sampler, schedule }: Pick<SettingsRecord, 'sampler' | 'schedule'>): typeof schedules {
  return schedules.filter(({ value }) => !isOnGrid(sampler) || value === 'default' || value === schedule);
}

export const infills: readonly { readonly value: Infill; readonly label: string }[] = [
  { value: 'none', label: 'None' },
  { value: 'colour', label: 'Colour' },
  { value: 'tile', label: 'Tile' },
  { value: 'blur', label: 'Blur' },
  { value: 'patch', label: 'Patch' },
];

export const syntaxes: readonly { readonly value: SettingsRecord['syntax']; readonly label: string }[] = [
  { value: 'a1111', label: 'A1111' },
  { value: 'comfy', label: 'ComfyUI' },
  { value: 'compel', label: 'Compel' },
  { value: 'plain', label: 'Plain' },
];

/** How the seed's noise is made: the same seed gives another picture with another one. */
export const noises: readonly { readonly value: NonNullable<SettingsRecord['noise']>; readonly label: string }[] = [
  { value: 'torch-cpu', label: 'CPU' },
  { value: 'philox', label: 'NVIDIA GPU' },
];

/** Numbers of the recipe that are set with a slider. */
export type AmountName = 'steps' | 'guidance' | 'strength' | 'guidanceRescale';

export interface Amount {
  readonly label: string;
  readonly range: readonly [min: number, max: number, step: number];
  readonly hint: string;
  format(value: number): string;
}

const times = (value: number) => value.toFixed(2);

export const amounts: Readonly<Record<AmountName, Amount>> = {
  steps: { label: 'Steps', range: [1, 60, 1], hint: '', format: String },
  guidance: {
    label: 'Guidance',
    range: [1, 15, 0.5],
    hint: 'How closely the picture keeps to the prompt.',
    format: (value) => value.toFixed(1),
  },
  strength: {
    label: 'Strength',
    range: [0.05, 1, 0.05],
    hint: 'How much of the picture in the frame may change.',
    format: times,
  },
  guidanceRescale: {
    label: 'Rescale',
    range: [0, 1, 0.05],
    hint: 'Guidance rescale: takes back the harsh contrast of a high guidance.',
    format: times,
  },
};

const ratios: readonly (readonly [number, number, string])[] = [
  [1, 1, 'Square'],
  [3, 2, 'Landscape'],
  [16, 9, 'Wide'],
  [2, 3, 'Portrait'],
  [9, 16, 'Tall'],
];

/** Sizes with about as many pixels as the model was trained on, and the larger square; the frame's own size is always among them. */
export function sizePresets(
  model: ModelInfo | null,
  frame: { readonly width: number; readonly height: number },
): { value: string; label: string; group: string }[] {
  const { width = 512, height = 512 } = model?.defaults ?? {};
  const pixels = width * height;
  const presets = ratios.map(([x, y, name]) => {
    const side = Math.sqrt(pixels / (x * y));
    return { size: `${snap(x * side, 64)} × ${snap(y * side, 64)}`, name };
  });
  presets.push(
    { size: `${snap(width * 1.5, 64)} × ${snap(height * 1.5, 64)}`, name: 'Large' },
    { size: `${2 * width} × ${2 * height}`, name: 'Double' },
  );
  const own = `${frame.width} × ${frame.height}`;
  const known = new Set(presets.map((preset) => preset.size));
  return [
    ...(known.has(own) ? [] : [{ value: own, label: own, group: 'Frame' }]),
    ...presets
      .filter((preset, index) => presets.findIndex((other) => other.size === preset.size) === index)
      .map(({ size, name }) => ({ value: size, label: size, group: name })),
  ];
}
