import type { Layer, ReferenceMethod, StepRange } from '../../document/records.ts';
import type { ModelsManager } from '../../state/models-manager.svelte.ts';
import { percentText } from '../../state/words.ts';

export const methodTitles: Readonly<Record<ReferenceMethod, string>> = {
  full: 'Full',
  style: 'Style',
  composition: 'Composition',
  precise: 'Precise',
};

const words = { raster: 'Raster', control: 'Control', region: 'Region', reference: 'Reference', mask: 'Inpaint mask' } as const;

/** The second line of a layer in the list: its kind and what matters most about it. */
export function layerSummary(layer: Layer, models: ModelsManager): string {
  const kind = words[layer.kind];
  switch (layer.kind) {
    case 'raster':
      return `${kind} · ${layer.blend.replace('-', ' ')} · ${percentText(layer.opacity)}`;
    case 'region': {
      const references = layer.references.length;
      if (layer.prompt !== '') return `${kind} · “${layer.prompt}”`;
      return references === 0 ? `${kind} · no prompt yet` : `${kind} · ${references} ${references === 1 ? 'reference' : 'references'}`;
    }
    case 'control':
      if (layer.model === null) return `${kind} · no model chosen`;
      return `${kind} · ${models.titleOf(layer.model)} · ${layer.strength.toFixed(1)}${rangeText(layer.range)}`;
    case 'reference':
      return layer.reference === null
        ? `${kind} · no picture yet`
        : `${kind} · ${methodTitles[layer.reference.method].toLowerCase()} · ${layer.reference.weight.toFixed(1)}`;
    case 'mask':
      return `${kind} · strength ${layer.strength.toFixed(2)}`;
  }
}

function rangeText([begin, end]: StepRange): string {
  return begin === 0 && end === 1 ? '' : ` over ${Math.round(begin * 100)}–${percentText(end)}`;
}
