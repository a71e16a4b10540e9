import { z } from 'zod';
import { networkKinds } from './filters.ts';
import { errorDataSchema } from './protocol.ts';

/** What the engine can say about a request, a model or this computer: the results that the studio passes on. */

const bytes = z.number().nonnegative();

export const planSchema = z.object({
  mode: z.enum(['text to image', 'image to image', 'inpaint', 'outpaint']),
  /** Name for people, and what was found in the file. */
  model: z.string(),
  family: z.string(),
  device: z.string(),
  /** Why it is this one, in one sentence. */
  deviceReason: z.string().default(''),
  width: z.number().int(),
  height: z.number().int(),
  sampler: z.string(),
  /** Steps that will run: fewer than asked for where the strength is below 1. */
  steps: z.number().int(),
  guidance: z.number(),
  promptTokens: z.number().int(),
  negativeTokens: z.number().int(),
  /** Tokens that one pass of the text encoder takes; longer prompts take more passes. */
  tokensPerChunk: z.number().int(),
  /** Predicted; null before anything was measured with this model and device. */
  seconds: z.number().nullable(),
  peakBytes: bytes,
  memory: z.array(z.object({ part: z.string(), bytes })),
  /** Choices made to fit, and things that will be left unused, as sentences. */
  notes: z.array(z.string()),
  /** Why the request cannot run; null when it can. */
  refusal: errorDataSchema.nullable(),
});
export type Plan = z.output<typeof planSchema>;

export const stackDescriptionSchema = z.object({
  model: z.string(),
  family: z.string(),
  device: z.string(),
  /** Prompts joined by AND, LoRAs, embeddings, controls and references as sentences: what was found in their files and how it acts. */
  addOns: z.array(z.string()).default([]),
  attention: z.array(
    z.object({
      /** Name in the diffusers naming, such as `down_blocks.0.attentions.0.transformer_blocks.0.attn2`. */
      name: z.string(),
      queries: z.number().int(),
      keys: z.number().int(),
      heads: z.number().int(),
      headSize: z.number().int(),
      op: z.string(),
      rejected: z.array(z.object({ op: z.string(), reasons: z.array(z.string()) })),
      /** In the order in which they act. */
      layers: z.array(z.string()),
      /** Score storage and what the layers add; and the first alone. */
      peakBytes: bytes,
      baseBytes: bytes,
    }),
  ),
});
export type StackDescription = z.output<typeof stackDescriptionSchema>;

export const modelKinds = [
  'checkpoint', 'unet', 'vae', 'text-encoder', 'lora', 'controlnet', 't2i-adapter', 'ip-adapter', 'image-encoder', 'embedding', 'taesd', 'filter', 'unknown',
] as const; // prettier-ignore

export const modelInfoSchema = z.object({
  /** What recipes say: `starter`, the name of one of its companions, or the path. */
  id: z.string(),
  path: z.string(),
  name: z.string(),
  kind: z.enum(modelKinds),
  /** `sd1`, `sd2`, `sdxl`; null when it is not known. */
  family: z.string().nullable(),
  prediction: z.string().nullable().default(null),
  precision: z.string().nullable().default(null),
  /** The id of the checkpoint that it came with and fits alone. */
  companionOf: z.string().nullable().default(null),
  /** What a filter makes of a picture; null for every other kind of model. */
  network: z.enum(networkKinds).nullable().default(null),
  bytes,
  usable: z.boolean(),
  /** Sentences: what is wrong, or what to know. */
  problems: z.array(z.string()).default([]),
  /** Defaults for the interface: size, steps, guidance, sampler. */
  defaults: z
    .object({ width: z.number(), height: z.number(), steps: z.number(), guidance: z.number(), sampler: z.string() })
    .partial()
    .default({}),
  /** Words of a model that knows no others; empty where it was trained on text of every kind. */
  vocabulary: z.array(z.string()).default([]),
});
export type ModelInfo = z.output<typeof modelInfoSchema>;

export const doctorReportSchema = z.object({
  /** Which device draws by itself and why, in one sentence; empty where only one kind was looked at. */
  choice: z.string().default(''),
  computer: z.object({ platform: z.string(), cores: z.number().int(), memoryBytes: bytes }),
  versions: z.record(z.string(), z.string()),
  devices: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      backend: z.string(),
      kind: z.enum(['cpu', 'gpu']),
      driver: z.string(),
      usable: z.boolean(),
      reasons: z.array(z.string()),
      /** Node by node against the reference; the first that diverges is named in `note`. */
      checks: z.array(
        z.object({ name: z.string(), ok: z.boolean(), error: z.number().nullable(), limit: z.number().nullable(), note: z.string() }),
      ),
    }),
  ),
});
export type DoctorReport = z.output<typeof doctorReportSchema>;

export const verifyLineSchema = z.object({
  group: z.string(),
  name: z.string(),
  ok: z.boolean(),
  /** Largest normalised error of the case and what it may be; null where values must be equal. */
  error: z.number().nullable(),
  limit: z.number().nullable(),
  note: z.string().default(''),
});
export type VerifyLine = z.output<typeof verifyLineSchema>;

export const benchLineSchema = z.object({ name: z.string(), value: z.number(), unit: z.string(), note: z.string().default('') });
export type BenchLine = z.output<typeof benchLineSchema>;

/** Where each prompt, region and reference won; the values travel or lie beside it as bytes [step][source][y][x], 255 = the whole attention. */
export const captureInfoSchema = z.object({
  sources: z.array(z.object({ kind: z.enum(['prompt', 'negative', 'region', 'reference']), index: z.number().int(), name: z.string() })),
  width: z.number().int(),
  height: z.number().int(),
  steps: z.array(z.number().int()),
  warnings: z.array(z.string()).default([]),
});
export type CaptureInfo = z.output<typeof captureInfoSchema>;

export const progressSchema = z.object({
  /** What is happening, in words: 'Loading the model', 'Reading the prompt', 'Drawing', 'Decoding'. */
  stage: z.string().max(200),
  /** Finished steps of this stage. */
  step: z.number().int(),
  steps: z.number().int(),
  secondsPerStep: z.number().nullable(),
  secondsLeft: z.number().nullable(),
  /** The next buffer is RGB, 3 bytes a pixel, row by row. */
  preview: z.object({ width: z.number().int(), height: z.number().int() }).nullable(),
  /** The buffer after it holds one step of the capture. */
  capture: captureInfoSchema.nullable().default(null),
});
export type Progress = z.output<typeof progressSchema>;
