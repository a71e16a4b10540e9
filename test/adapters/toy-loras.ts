import { writeFileSync } from 'node:fs';
import type { ModelDescription } from '../../models/checkpoint/types.ts';
import { TorchGenerator } from '../../src-main/core/random/torch-generator.ts';
import { writeSafetensors, type TensorToWrite } from '../../src-main/formats/safetensors/write.ts';

export type Tensors = Map<string, TensorToWrite>;

export function randomTensor(shape: readonly number[], seed: number, size: number): TensorToWrite {
  const data = new TorchGenerator(seed).randn(shape).map((value) => value * size); // prettier-ignore
  return { dtype: 'F32', shape, data };
}

/**
 * A LoRA in kohya's naming for the projections of every attention of a model's UNet and text encoder.
 * @param damage changes the tensors before they are written
 */
export function writeLora(path: string, { components }: ModelDescription, damage: (tensors: Tensors) => void = () => undefined): string {
  const tensors: Tensors = new Map();
  const add = (prefix: string, weight: string, [out = 0, inner = 0]: readonly number[]) => {
    const stem = prefix + weight.replace(/\.weight$/, '').replaceAll('.', '_');
    tensors.set(`${stem}.lora_down.weight`, randomTensor([2, inner], tensors.size, 0.4));
    tensors.set(`${stem}.lora_up.weight`, randomTensor([out, 2], tensors.size + 1000, 0.4));
  };
  for (const [weight, { shape }] of components.unet!.weights)
    if (/attn[12]\.to_[qkv]\.weight$/.test(weight)) add('lora_unet_', weight, shape);
  for (const [weight, { shape }] of components.text_encoder!.weights)
    if (/self_attn\.[qv]_proj\.weight$/.test(weight)) add('lora_te_', weight, shape);
  damage(tensors);
  writeFileSync(path, writeSafetensors(tensors));
  return path;
}

/** A textual inversion of so many vectors. */
export function writeInversion(
  path: string,
  [count, width]: readonly [number, number],
  damage: (tensors: Tensors) => void = () => undefined,
): string {
  const tensors: Tensors = new Map([['emb_params', randomTensor([count, width], 4, 1)]]);
  damage(tensors);
  writeFileSync(path, writeSafetensors(tensors));
  return path;
}

/** Turns each pair of factors into a LoHa of twice the same pair, which has to be merged. */
export function asHadamard(tensors: Tensors): void {
  for (const [name, tensor] of [...tensors]) {
    const [, stem = '', half = ''] = /^(.*)\.lora_(down|up)\.weight$/.exec(name)!;
    tensors.delete(name);
    for (const factor of ['w1', 'w2']) tensors.set(`${stem}.hada_${factor}_${half === 'up' ? 'a' : 'b'}`, tensor);
  }
}
