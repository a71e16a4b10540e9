import type { IpAdapterLayer, StepRange } from '../../../../kernels/attention/stack/layers.ts';
import { floatTensor, type FloatTensor } from '../../../../kernels/tensor.ts';
import type { IpAdapterDescription } from '../../../../models/ip-adapter/open-ip-adapter.ts';
import type { ModelFamily, WeightMap } from '../../../../models/checkpoint/types.ts';
import type { RecipeReference } from '../../../contract/recipe.ts';
import type { LayerMask } from '../../attention/stack-inputs.ts';
import type { WeightLayer } from '../../model/loaded-model.ts';
import { weightStore } from '../../weights.ts';
import type { ImageTokens } from './image-features.ts';
import { methodSites } from './methods.ts';

/** A reference picture's place on the attention stack. */
export interface ReferenceTraits {
  readonly id: string;
  readonly weight: number;
  readonly range: StepRange;
  readonly method: RecipeReference['method'];
  readonly mask?: LayerMask;
}

/** The attention layer of a reference whose picture becomes `count` tokens of a width. */
export function referenceLayer(
  traits: ReferenceTraits,
  { count, width }: { readonly count: number; readonly width: number },
  family: ModelFamily,
): IpAdapterLayer {
  const { id, weight, range, method, mask } = traits;
  const sites = methodSites(method, family);
  return { kind: 'ipAdapter', id, tokens: count, width, scale: weight, range, hasMask: mask !== undefined, ...sites };
}

/** The sides' tokens as the rows of a batch: negative first, all others positive; the positive side alone without guidance. */
export function tokenRows({ positive, negative }: ImageTokens, batch: number): FloatTensor {
  if (batch === 1) return positive;
  const data = new Float32Array(positive.data.length * batch);
  data.set(negative.data);
  for (let row = 1; row < batch; row++) data.set(positive.data, row * positive.data.length);
  return floatTensor([batch, ...positive.shape.slice(1)], data);
}

/** Lays an adapter's keys and values over the UNet's weights, under the names that the layer of that id asks for. */
export function referenceWeights(id: string, adapter: IpAdapterDescription, identity: string): WeightLayer {
  const weights: WeightMap = new Map();
  for (const [name, location] of adapter.layerWeights) {
    const at = name.lastIndexOf('.');
    weights.set(`${name.slice(0, at)}.processor.${name.slice(at + 1)}.${id}.weight`, location);
  }
  const own = weightStore(weights);
  return {
    key: `${id} = ${identity}`,
    over: (base) => ({
      locate: (name, shape) => (weights.has(name) ? own : base).locate(name, shape),
      read: (name, shape) => (weights.has(name) ? own : base).read(name, shape),
    }),
  };
}
