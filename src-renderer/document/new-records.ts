import { starterId } from '../../src-main/contract/recipe.ts';
import type { Rectangle } from './geometry.ts';
import type { CanvasRecord, DocumentRecord, Layer, LayerId, LayerKind, SettingsRecord } from './records.ts';

/** Names of the kinds of layers as menus and the layers panel show them. */
export const layerKindNames: Readonly<Record<LayerKind, string>> = {
  raster: 'Raster layer',
  control: 'Control layer',
  region: 'Region',
  reference: 'Reference image',
  mask: 'Inpaint mask',
};

/** Tints given to regions in turn; apart from each other for common kinds of colour blindness. */
export const regionColours = ['#ff7aa8', '#5ad1c8', '#f0b866', '#8ab4ff', '#b79cff', '#9bd66b', '#ff8f6b', '#6fc3ff'] as const;

export const defaultFrame: Rectangle = { x: 0, y: 0, width: 512, height: 512 };

export const defaultSettings: SettingsRecord = {
  id: 'settings',
  type: 'settings',
  prompt: '',
  negative: '',
  model: starterId,
  sampler: null,
  schedule: 'default',
  steps: 20,
  guidance: 6,
  seed: 0,
  seedLocked: false,
  batch: 1,
  strength: 0.75,
  infill: 'blur',
  syntax: 'a1111',
  loras: [],
  capture: true,
};

/** Outpainting draws the empty part in full and lets it fade into the picture. */
export const defaultOutpaint: NonNullable<SettingsRecord['outpaint']> = { strength: 1, feather: 8 };

/** Records of an empty document. */
export function newDocument(name = 'Untitled', frame: Rectangle = defaultFrame): DocumentRecord[] {
  const canvas: CanvasRecord = { id: 'canvas', type: 'canvas', name, frame, order: [], selection: [] };
  return [canvas, defaultSettings, { id: 'session', type: 'session', activeLayer: null }];
}

/** A layer without pixels. `index` counts layers of this kind: it numbers the name and turns the colours. */
export function newLayer<K extends LayerKind>(kind: K, id: LayerId, index: number): Extract<Layer, { kind: K }> {
  const base = {
    id,
    type: 'layer',
    name: index === 0 ? layerKindNames[kind] : `${layerKindNames[kind]} ${index + 1}`,
    hidden: false,
    locked: false,
    opacity: 1,
    offset: { x: 0, y: 0 },
    tiles: {},
  } as const;
  return { ...base, ...kindDefaults(kind, index) } as unknown as Extract<Layer, { kind: K }>;
}

function kindDefaults(kind: LayerKind, index: number): object {
  const colour = regionColours[index % regionColours.length];
  switch (kind) {
    case 'raster':
      return { kind, blend: 'normal' };
    case 'control':
      return {
        kind,
        adapter: 'controlnet',
        model: null,
        preprocessor: 'none',
        strength: 1,
        range: [0, 1],
        mode: 'balanced',
        maskLayer: null,
      };
    case 'region':
      return {
        kind,
        name: `Region ${index + 1}`,
        colour,
        prompt: '',
        negative: '',
        strength: 1,
        range: [0, 1],
        feather: 0,
        autoNegative: false,
        isolate: false,
        references: [],
        loras: [],
      };
    case 'reference':
      return { kind, reference: null, maskLayer: null };
    case 'mask':
      return { kind, colour: '#ff6b6b', strength: 1, noise: 0, grow: 0, feather: 8 };
  }
}
