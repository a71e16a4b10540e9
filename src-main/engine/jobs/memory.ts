import { totalmem } from 'node:os';
import { elementCount } from '../../../kernels/tensor.ts';
import type { Graph } from '../../../kernels/graph/graph.ts';
import { graphMemory } from '../../../kernels/graph/memory.ts';
import { buildControlNet } from '../../../models/controlnet/controlnet.ts';
import type { ComponentName, ModelDescription, WeightLocation, WeightMap } from '../../../models/checkpoint/types.ts';
import { unetConfig } from '../../../models/unet/config.ts';
import { buildUnet } from '../../../models/unet/unet.ts';
import { vaeConfig } from '../../../models/vae/config.ts';
import { buildVaeDecoder } from '../../../models/vae/vae.ts';
import type { AttentionStack } from '../../../kernels/attention/stack/stack.ts';
import { AppError } from '../../contract/errors.ts';
import type { Precision } from '../../contract/recipe.ts';
import type { AddOns } from '../adapters/add-ons.ts';
import type { DeviceMemory } from '../backends/backend.ts';
import { loraBytes } from '../adapters/lora/lora-bytes.ts';
import type { Settings } from './settings.ts';

/** What a job will hold at its peak on a device, and the choices that keep it there. All numbers in bytes. */
export interface MemoryPlan {
  readonly peakBytes: number;
  readonly parts: readonly { readonly part: string; readonly bytes: number }[];
  /** Give each part's memory back before the next is loaded. */
  readonly inTurn: boolean;
  /** Side of the VAE's tiles in latents; undefined decodes in one piece. */
  readonly tile: number | undefined;
  readonly notes: readonly string[];
}

export interface MemoryRequest {
  readonly description: ModelDescription;
  readonly settings: Settings;
  readonly batch: number;
  readonly textLength: number;
  readonly stack: AttentionStack;
  readonly addOns: AddOns;
  readonly precision?: Precision;
  /** What the user allows. */
  readonly limitBytes?: number | undefined;
  /** Of the device that draws; this process's unless stated. */
  readonly device?: DeviceMemory | undefined;
  /** Takes the least memory, whatever the limit: for a device that has turned out too small. */
  readonly isLean?: boolean;
}

type Request = MemoryRequest & { readonly device: DeviceMemory };

/** Share of the computer's memory that a job may take where the user set no limit. */
const memoryShare = 0.8;

/**
 * Networks in this process: 240 MB with ONNX Runtime and nothing loaded, weights as f32 with the stored form beside them while a session is
 * prepared, and 1.6 times the values that are alive for the arena and the kernels, as measured on linux-x64 with the SD1.5 graph.
 */
export const processMemory: DeviceMemory = {
  base: 240e6,
  weight: 4,
  value: 4,
  workFactor: 1.6,
  scores: 0,
  staging: Infinity,
  largestValue: Infinity,
  largestSum: Infinity,
  limit: totalmem() * memoryShare,
};

/** Predicts the peak and chooses what fits: everything resident, parts in turn, then a tiled VAE. Throws AppError `memoryLimit` with the least it would take. */
export function planMemory({ isLean = false, ...rest }: MemoryRequest): MemoryPlan {
  const request: Request = { ...rest, device: rest.device ?? processMemory };
  const limit = request.limitBytes ?? request.device.limit;
  const options: readonly { inTurn: boolean; isTiled: boolean }[] = [
    { inTurn: false, isTiled: false },
    { inTurn: true, isTiled: false },
    { inTurn: true, isTiled: true },
  ];
  const plans = options.slice(isLean ? -1 : 0).map((option) => predict(request, option));
  const fitting = plans.find((plan) => plan.peakBytes <= limit);
  if (fitting) return fitting;
  const least = Math.min(...plans.map((plan) => plan.peakBytes));
  const message = `This job needs about ${gigabytes(least)} of memory, and ${gigabytes(limit)} are allowed. Choose a smaller size, a smaller model, or allow more memory.`;
  throw new AppError('memoryLimit', message, { expected: limit, got: least });
}

function predict(request: Request, { inTurn, isTiled }: { inTurn: boolean; isTiled: boolean }): MemoryPlan {
  const { description, settings, device } = request;
  const isEightBit = request.precision === 'fast' && device === processMemory;
  const factor = description.vaeFactor;
  const latents = { height: settings.height / factor, width: settings.width / factor };
  const partBytes = (part: ComponentName) => mapBytes(description.components[part]?.weights ?? new Map<string, WeightLocation>(), device);
  const tile = isTiled || !fitsWhole(request, latents) ? tileSide(request, latents) : undefined;
  // What is computed for a network in this process stays beside it; a card gets it and the process's memory is not its own.
  const values = { weight: device.weight, copy: device === processMemory ? 4 : 0 };
  const ofLoras = (part: ComponentName) => loraBytes(request.addOns.loras, part, values);
  const loras = { unet: ofLoras('unet'), text: ofLoras('text_encoder') + ofLoras('text_encoder_2') };
  const text = partBytes('text_encoder') + partBytes('text_encoder_2') + loras.text;
  // In 8 bits a weight takes three bytes, as measured: mapped, packed by ONNX Runtime, and left over from the rounding.
  const unet = partBytes('unet') * (isEightBit ? 3 / device.weight : 1);
  const step = stepBytes(request, latents);
  const decode = partBytes('vae') + decodeBytes(request, tile ? { height: tile, width: tile } : latents);
  const loading = isEightBit ? 0 : Math.min(device.staging, storedBytes(description, 'unet'));
  const extra = addOnBytes(request, latents);
  const drawing = unet + loras.unet + extra.weights + Math.max(loading, step + extra.step);
  const peak = inTurn ? Math.max(text, extra.encoder, drawing, decode) : text + Math.max(extra.encoder, drawing + decode);
  const parts = [
    { part: 'Text encoders', bytes: text },
    { part: 'UNet', bytes: unet },
    ...(loras.unet > 0 ? [{ part: 'LoRAs', bytes: loras.unet }] : []),
    ...(extra.weights > 0 ? [{ part: 'Controls and references', bytes: extra.weights }] : []),
    ...(extra.encoder > 0 ? [{ part: 'Image encoder', bytes: extra.encoder }] : []),
    { part: 'A step', bytes: step + extra.step },
    { part: 'VAE', bytes: decode },
  ];
  const notes = [
    ...(inTurn ? ['Each part of the model is given back before the next is loaded, to stay within the memory.'] : []),
    ...(tile ? [`The picture is decoded in tiles of ${tile * factor} pixels, to stay within the memory.`] : []),
  ];
  return { peakBytes: Math.round(device.base + peak), parts, inTurn, tile, notes };
}

/** What add-ons hold: through the steps, during one, and while the reference pictures are encoded. */
function addOnBytes({ addOns, batch, textLength, device }: Request, latents: { height: number; width: number }) {
  const { controls, references } = addOns;
  const weights = [...controls.map(({ file }) => file.weights), ...references.map(({ adapter }) => adapter.layerWeights)];
  const encoders = references.map(
    ({ encoder, adapter }) => mapBytes(encoder.weights, device) + mapBytes(adapter.projectionWeights, device),
  );
  const size = { batch, latentHeight: latents.height, latentWidth: latents.width, textLength };
  const steps = controls.map((control) =>
    control.kind === 'controlnet' ? runBytes(buildControlNet(control.file.config, size), device) : 0,
  );
  return {
    weights: weights.reduce((sum, map) => sum + mapBytes(map, device), 0),
    encoder: Math.max(0, ...encoders),
    step: Math.max(0, ...steps),
  };
}

/** Sides of tiles in latents, the best first: seams are least visible between large ones. */
const tileSides = [64, 48, 32] as const;

/** The largest side whose values the device can bind; undefined where the picture is no larger. */
function tileSide(request: Request, { height, width }: Size): number | undefined {
  const { description } = request;
  const most = Math.max(Math.floor(vaeConfig(description.components.vae?.config).sampleSize / description.vaeFactor), 16);
  const sides = tileSides.map((side) => Math.min(side, most));
  const side = sides.find((candidate) => fitsWhole(request, { height: candidate, width: candidate })) ?? sides.at(-1)!;
  return side < Math.max(height, width) ? side : undefined;
}

interface Size {
  readonly height: number;
  readonly width: number;
}

/** Whether the device can bind every value of decoding latents of a size. */
function fitsWhole({ description, device }: Request, size: Size): boolean {
  if (device.largestValue === Infinity && device.largestSum === Infinity) return true;
  const { largest, temporaries } = graphMemory(decoder(description, size));
  return largest * device.value <= device.largestValue && temporaries * device.value <= device.largestSum;
}

function decoder(description: ModelDescription, { height, width }: Size): Graph {
  return buildVaeDecoder(vaeConfig(description.components.vae?.config), 1, height, width);
}

function stepBytes({ description, batch, textLength, stack, device }: Request, latents: Size): number {
  const config = unetConfig(description.components.unet?.config);
  return runBytes(buildUnet(config, { batch, latentHeight: latents.height, latentWidth: latents.width, textLength, stack }), device);
}

function decodeBytes({ description, device }: Request, latents: Size): number {
  const pixels = latents.height * latents.width;
  return runBytes(decoder(description, latents), device) + Math.min(device.scores, pixels ** 2 * 4);
}

/** What a run of a graph holds beside the weights. */
function runBytes(graph: Graph, { value, workFactor }: DeviceMemory): number {
  return graphMemory(graph).temporaries * value * workFactor;
}

function mapBytes(weights: WeightMap, { weight }: DeviceMemory): number {
  let values = 0;
  for (const { shape } of weights.values()) values += elementCount(shape);
  return values * weight;
}

/** Bytes of the part in its file: mapped while the session is prepared. */
function storedBytes(description: ModelDescription, part: ComponentName): number {
  let bytes = 0;
  for (const location of description.components[part]?.weights.values() ?? []) bytes += location.bytes;
  return bytes;
}

export function gigabytes(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.ceil(bytes / 1e6)} MB`;
}
