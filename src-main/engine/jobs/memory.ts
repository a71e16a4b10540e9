import { elementCount } from '../../../kernels/tensor.ts';
import { graphMemory } from '../../../kernels/graph/memory.ts';
import { buildControlNet } from '../../../models/controlnet/controlnet.ts';
import type { ComponentName, ModelDescription, WeightLocation, WeightMap } from '../../../models/checkpoint/types.ts';
import { unetConfig } from '../../../models/unet/config.ts';
import { buildUnet } from '../../../models/unet/unet.ts';
import { vaeConfig } from '../../../models/vae/config.ts';
import { buildVaeDecoder } from '../../../models/vae/vae.ts';
import type { AttentionStack } from '../../../kernels/attention/stack/stack.ts';
import { AppError } from '../../contract/errors.ts';
import type { AddOns } from '../adapters/add-ons.ts';
import { loraBytes } from '../adapters/lora/open-loras.ts';
import type { Settings } from './settings.ts';

/** What a job will hold at its peak on the CPU back end, and the choices that keep it there. All numbers in bytes. */
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
  /** What the user allows; else what the computer has. */
  readonly limitBytes: number;
}

/** The process with ONNX Runtime and nothing loaded, measured on linux-x64. */
const baseBytes = 240e6;
/** ONNX Runtime holds weights as f32, and while it prepares a session the stored form too. */
const weightBytes = 4;
/** Arena growth and kernel work space beside the values that are alive, measured on the SD1.5 graph. */
const workFactor = 1.6;

/** Predicts the peak and chooses what fits: everything resident, parts in turn, then a tiled VAE. Throws AppError `memoryLimit` with the least it would take. */
export function planMemory(request: MemoryRequest): MemoryPlan {
  const options: readonly { inTurn: boolean; isTiled: boolean }[] = [
    { inTurn: false, isTiled: false },
    { inTurn: true, isTiled: false },
    { inTurn: true, isTiled: true },
  ];
  const plans = options.map((option) => predict(request, option));
  const fitting = plans.find((plan) => plan.peakBytes <= request.limitBytes);
  if (fitting) return fitting;
  const least = Math.min(...plans.map((plan) => plan.peakBytes));
  const message = `This job needs about ${gigabytes(least)} of memory, and ${gigabytes(request.limitBytes)} are allowed. Choose a smaller size, a smaller model, or allow more memory.`;
  throw new AppError('memoryLimit', message, { expected: request.limitBytes, got: least });
}

function predict(request: MemoryRequest, { inTurn, isTiled }: { inTurn: boolean; isTiled: boolean }): MemoryPlan {
  const { description, settings } = request;
  const factor = description.vaeFactor;
  const latents = { height: settings.height / factor, width: settings.width / factor };
  const tile = isTiled ? tileSide(description, latents) : undefined;
  const { loras: files } = request.addOns;
  const loras = { unet: loraBytes(files, 'unet'), text: loraBytes(files, 'text_encoder') + loraBytes(files, 'text_encoder_2') };
  const text = partBytes(description, 'text_encoder') + partBytes(description, 'text_encoder_2') + loras.text;
  const unet = partBytes(description, 'unet');
  const step = stepBytes(request, latents);
  const decode = partBytes(description, 'vae') + decodeBytes(description, tile ? { height: tile, width: tile } : latents);
  const loading = storedBytes(description, 'unet');
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
  return { peakBytes: Math.round(baseBytes + peak), parts, inTurn, tile, notes };
}

/** What add-ons hold: through the steps, during one, and while the reference pictures are encoded. */
function addOnBytes({ addOns, batch, textLength }: MemoryRequest, latents: { height: number; width: number }) {
  const { controls, references } = addOns;
  const weights = [...controls.map(({ file }) => file.weights), ...references.map(({ adapter }) => adapter.layerWeights)];
  const encoders = references.map(({ encoder, adapter }) => mapBytes(encoder.weights) + mapBytes(adapter.projectionWeights));
  const size = { batch, latentHeight: latents.height, latentWidth: latents.width, textLength };
  const steps = controls.map((control) =>
    control.kind === 'controlnet' ? graphMemory(buildControlNet(control.file.config, size)).temporaries * 4 * workFactor : 0,
  );
  return {
    weights: weights.reduce((sum, map) => sum + mapBytes(map), 0),
    encoder: Math.max(0, ...encoders),
    step: Math.max(0, ...steps),
  };
}

function tileSide(description: ModelDescription, { height, width }: { height: number; width: number }): number | undefined {
  const side = Math.max(Math.floor(vaeConfig(description.components.vae?.config).sampleSize / description.vaeFactor), 16);
  const tile = Math.min(side, 64);
  return tile < Math.max(height, width) ? tile : undefined;
}

function stepBytes({ description, batch, textLength, stack }: MemoryRequest, latents: { height: number; width: number }): number {
  const config = unetConfig(description.components.unet?.config);
  const graph = buildUnet(config, { batch, latentHeight: latents.height, latentWidth: latents.width, textLength, stack });
  return graphMemory(graph).temporaries * 4 * workFactor;
}

function decodeBytes(description: ModelDescription, latents: { height: number; width: number }): number {
  const graph = buildVaeDecoder(vaeConfig(description.components.vae?.config), 1, latents.height, latents.width);
  return graphMemory(graph).temporaries * 4 * workFactor;
}

function partBytes(description: ModelDescription, part: ComponentName): number {
  return mapBytes(description.components[part]?.weights ?? new Map<string, WeightLocation>());
}

function mapBytes(weights: WeightMap): number {
  let values = 0;
  for (const { shape } of weights.values()) values += elementCount(shape);
  return values * weightBytes;
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
