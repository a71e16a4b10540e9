import { mkdirSync, writeFileSync } from 'node:fs';
import type { Graph } from '../../kernels/graph/graph.ts';
import { buildClipVision } from '../../models/clip-vision/clip-vision.ts';
import { clipVisionConfig } from '../../models/clip-vision/config.ts';
import { controlNetConfig } from '../../models/controlnet/config.ts';
import { buildControlNet } from '../../models/controlnet/controlnet.ts';
import { crossSites } from '../../models/ip-adapter/sites.ts';
import { t2iAdapterConfig } from '../../models/t2i-adapter/config.ts';
import { buildT2iAdapter } from '../../models/t2i-adapter/t2i-adapter.ts';
import { unetConfig } from '../../models/unet/config.ts';
import { TorchGenerator } from '../../src-main/core/random/torch-generator.ts';
import { writeSafetensors, type TensorToWrite } from '../../src-main/formats/safetensors/write.ts';

/** Changes the tensors of a toy file before it is written. */
export type Damage = (tensors: Map<string, TensorToWrite>) => void;

type Json = Readonly<Record<string, unknown>>;

const none: Damage = () => undefined;

/** A ControlNet folder for a UNet with this config.json, with random weights. Each step of the hint's channels halves the picture. */
export function writeControlNet(folder: string, unet: Json, damage: Damage = none, hint: readonly number[] = [4, 8, 12, 16]): string {
  const latent = unet['out_channels'];
  const config = { ...unet, _class_name: 'ControlNetModel', in_channels: latent, conditioning_embedding_out_channels: hint };
  const graph = buildControlNet(controlNetConfig(config), { batch: 1, latentHeight: 8, latentWidth: 8, textLength: 1 });
  return writeFolder(folder, { name: 'diffusion_pytorch_model', config, tensors: randomTensors(graph), damage });
}

/** A T2I-Adapter folder whose features have these channels. */
export function writeT2iAdapter(folder: string, channels: readonly number[], damage: Damage = none): string {
  const config = {
    _class_name: 'T2IAdapter',
    adapter_type: 'full_adapter',
    channels,
    downscale_factor: 8,
    in_channels: 3,
    num_res_blocks: 2,
  };
  const tensors = randomTensors(buildT2iAdapter(t2iAdapterConfig(config), 64, 64));
  return writeFolder(folder, { name: 'diffusion_pytorch_model', config, tensors, damage });
}

const vision = {
  hidden_size: 16, intermediate_size: 32, num_hidden_layers: 2, num_attention_heads: 2, image_size: 28, patch_size: 7, projection_dim: 12,
  hidden_act: 'gelu',
} as const; // prettier-ignore

/** An IP-Adapter (base) for a UNet with this config.json, beside the image encoder it reads. */
export function writeIpAdapter(folder: string, unet: Json, damage: Damage = none, encoderDamage: Damage = none): string {
  const encoder = randomTensors(buildClipVision(clipVisionConfig(vision), ['embeds']));
  writeFolder(`${folder}/image_encoder`, { name: 'model', config: vision, tensors: encoder, damage: encoderDamage });
  const width = unet['cross_attention_dim'] as number;
  const shapes: [string, readonly number[]][] = [
    ['image_proj.proj.weight', [4 * width, vision.projection_dim]],
    ['image_proj.proj.bias', [4 * width]],
    ['image_proj.norm.weight', [width]],
    ['image_proj.norm.bias', [width]],
  ];
  for (const { number, channels } of crossSites(unetConfig(unet))) {
    for (const part of ['to_k_ip', 'to_v_ip']) shapes.push([`ip_adapter.${number}.${part}.weight`, [channels, width]]);
  }
  return writeFile(`${folder}/ip-adapter.safetensors`, tensorsOf(shapes), damage);
}

interface Folder {
  readonly name: string;
  readonly config: Json;
  readonly tensors: Map<string, TensorToWrite>;
  readonly damage: Damage;
}

function writeFolder(folder: string, { name, config, tensors, damage }: Folder): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/config.json`, JSON.stringify(config));
  writeFile(`${folder}/${name}.safetensors`, tensors, damage);
  return folder;
}

function writeFile(path: string, tensors: Map<string, TensorToWrite>, damage: Damage): string {
  damage(tensors);
  writeFileSync(path, writeSafetensors(tensors));
  return path;
}

function randomTensors(graph: Graph): Map<string, TensorToWrite> {
  return tensorsOf(graph.weights.map(({ name, shape }) => [name, shape]));
}

/** Matrices about as large as trained ones, norms near one. */
function tensorsOf(shapes: Iterable<readonly [string, readonly number[]]>): Map<string, TensorToWrite> {
  const random = new TorchGenerator(7);
  const tensors = new Map<string, TensorToWrite>();
  for (const [name, shape] of shapes) {
    const scale = shape.length === 1 ? 0.1 : shape.slice(1).reduce((product, size) => product * size, 1) ** -0.5;
    const middle = shape.length === 1 && name.endsWith('.weight') ? 1 : 0;
    tensors.set(name, { dtype: 'F32', shape, data: random.randn(shape).map((value) => middle + scale * value) });
  }
  return tensors;
}
