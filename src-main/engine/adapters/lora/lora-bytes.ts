import { elementCount } from '../../../../kernels/tensor.ts';
import type { ComponentName } from '../../../../models/checkpoint/types.ts';
import { joinedParts } from '../../../../models/lora/side-paths.ts';
import { sidePathLora, splitModules } from './lora-layer.ts';
import { runsBeside, type OpenLora } from './open-loras.ts';

/** Bytes of a value: in the network, and of the copy that stays in this process of what was computed for it. */
export interface LoraValueBytes {
  readonly weight: number;
  readonly copy: number;
}

/**
 * Bytes that LoRAs hold for a network: the layers beside it, and copies of what was computed, which are the factors of several that share one pair
 * of thin layers, whole differences of regions, and merged weights. A merged weight takes the place of the network's own.
 */
export function loraBytes(loras: readonly OpenLora[], component: ComponentName, { weight, copy }: LoraValueBytes): number {
  const parts = loras.map((lora) => ({ lora, ...splitModules(lora, component) }));
  // In the text encoders a region's LoRA is no layer of its own: its strength is 0 for prompts of others.
  const isGated = ({ region }: OpenLora) => component === 'unet' && region !== undefined;
  const beside = parts.map(({ lora, paths }) => sidePathLora(lora.id, isGated(lora), paths));
  let held = 0;
  let computed = 0;
  for (const { lora, paths } of parts)
    for (const module of paths) {
      if (runsBeside(module)) {
        const factors = (['down', 'up'] as const).reduce((sum, part) => sum + elementCount(module.parts.get(part)!.shape), 0);
        held += factors;
        if (joinedParts(beside, module.module).some(({ id }) => id === lora.id)) computed += factors;
      } else {
        const bias = module.shape[0]!;
        held += elementCount(module.shape) + (hasBias(module) ? bias : 0);
        computed += elementCount(module.shape) + bias;
      }
    }
  const merged = Map.groupBy(
    parts.flatMap((part) => part.merged),
    ({ module }) => module,
  );
  for (const changes of merged.values()) {
    const { shape } = changes[0]!;
    if (changes.some(({ kind }) => kind !== 'none')) computed += elementCount(shape);
    if (changes.some(hasBias)) computed += shape[0]!;
  }
  return held * weight + computed * copy;
}

function hasBias({ parts }: OpenLora['file']['modules'][number]): boolean {
  return parts.has('upBias') || parts.has('diffBias');
}
