import { isJsonObject } from '../checkpoint/read-json.ts';
import type { ComponentName, JsonObject } from '../checkpoint/types.ts';
import type { LoraTarget } from './key-table.ts';

const prefixes: Readonly<Partial<Record<ComponentName, string>>> = {
  unet: 'unet.',
  text_encoder: 'text_encoder.',
  text_encoder_2: 'text_encoder_2.',
};

/** What a PEFT configuration in the header says of a module: the factor of a product of this rank; undefined where it says nothing. */
export type PeftScale = (target: LoraTarget, rank: number) => number | undefined;

/**
 * Reads the configuration that diffusers stores as `lora_adapter_metadata`: `lora_alpha`, `use_rslora` and patterns for each network,
 * with the network's name in front (diffusers loaders/lora_base.py). rsLoRA divides alpha by the root of the rank.
 */
export function peftScales(metadata: ReadonlyMap<string, string>): PeftScale {
  const config = parse(metadata.get('lora_adapter_metadata'));
  if (!config) return () => undefined;
  return ({ component, module }, rank) => {
    const own = ownConfig(config, prefixes[component] ?? '');
    const alpha = byPattern(own['alpha_pattern'], module) ?? own['lora_alpha'];
    if (typeof alpha !== 'number' || !Number.isFinite(alpha)) return undefined;
    return alpha / (own['use_rslora'] === true ? Math.sqrt(rank) : rank);
  };
}

/** With the network's prefix taken off, or, where no name has one, as it is. */
function ownConfig(config: JsonObject, prefix: string): JsonObject {
  const own = Object.entries(config).filter(([name]) => name.startsWith(prefix));
  if (own.length > 0) return Object.fromEntries(own.map(([name, value]) => [name.slice(prefix.length), value]));
  return Object.values(prefixes).some((other) => Object.keys(config).some((name) => name.startsWith(other))) ? {} : config;
}

/** PEFT's patterns are ends of module names. */
function byPattern(patterns: unknown, module: string): number | undefined {
  if (!isJsonObject(patterns)) return undefined;
  const found = Object.entries(patterns).find(([name]) => module === name || module.endsWith(`.${name}`));
  return typeof found?.[1] === 'number' ? found[1] : undefined;
}

function parse(text: string | undefined): JsonObject | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
