import { z } from 'zod';

/**
 * The recipe: everything that can change a picture, as one plain validated value. A job is a recipe plus a place in the queue;
 * the recipe is stored in the picture's PNG and in the gallery. Same recipe, same back end, same version: same picture.
 */

/** Name of a picture in the studio's asset store: the SHA-256 of its bytes in hex, or a path for recipes given on the command line. */
const assetId = z.string().min(1).max(4096);

const unit = z.number().min(0).max(1);
const weight = z.number().min(-10).max(10);

/** Half-open share of the steps in which a layer is active: [begin, end). */
const stepRange = z
  .tuple([unit, unit])
  .refine(([begin, end]) => begin <= end, { message: 'The begin of a step range must not be after its end.' })
  .default([0, 1]);

const rectangle = z.object({
  x: z.number().int(),
  y: z.number().int(),
  width: z.number().int().positive(),
  height: z.number().int().positive(),
});

/** Where a layer acts: the alpha-less grey values of a picture of the frame's size, or a rectangle in frame pixels. */
const maskSource = z.union([z.object({ asset: assetId }), z.object({ rectangle })]);

export const referenceMethods = ['full', 'style', 'composition', 'precise'] as const;

export const controlModes = ['balanced', 'prompt', 'control', 'unbalanced'] as const;

/** The embedded model's name in recipes. */
export const starterId = 'starter';

/**
 * SHA-256 of a file in hex, or its first ten digits or more, as other programs write it. Written into the recipe of a finished picture: says
 * whether another file of the name is the same, and finds the file under another name.
 */
const fileHash = z
  .string()
  .regex(/^[0-9a-f]{10,64}$/)
  .optional();

const reference = z.object({
  picture: assetId,
  model: z.string().optional(),
  weight: weight.default(1),
  range: stepRange,
  method: z.enum(referenceMethods).default('full'),
  mask: maskSource.optional(),
  sha256: fileHash,
});

const lora = z.object({
  file: z.string().min(1),
  weight: weight.default(1),
  textWeight: weight.optional(),
  sha256: fileHash,
});

/** A textual inversion: a word of the prompts that stands for a file's vectors; the file's name unless stated. */
const embedding = z.object({ file: z.string().min(1), word: z.string().min(1).max(200).optional(), sha256: fileHash });

const region = z.object({
  name: z.string().max(200).default(''),
  mask: maskSource,
  prompt: z.string().max(20_000).default(''),
  negative: z.string().max(20_000).default(''),
  /** Multiplies the attention weight of the region's tokens inside its mask; log(strength) is added to the scores. */
  strength: z.number().min(0).max(10).default(1),
  range: stepRange,
  /** Blur radius of the mask's edge in frame pixels; 0 keeps it hard. */
  feather: z.number().min(0).max(512).default(0),
  /** Also refuse the region's prompt outside the region. */
  autoNegative: z.boolean().default(false),
  /** Give the region a softmax of its own instead of the joint one. */
  isolate: z.boolean().default(false),
  references: z.array(reference).max(8).default([]),
  loras: z.array(lora).max(16).default([]),
});

const control = z.object({
  kind: z.enum(['controlnet', 't2i-adapter']).default('controlnet'),
  model: z.string().min(1),
  picture: assetId,
  strength: z.number().min(-2).max(2).default(1),
  range: stepRange,
  mode: z.enum(controlModes).default('balanced'),
  mask: maskSource.optional(),
  sha256: fileHash,
});

export const infillMethods = ['none', 'colour', 'tile', 'blur', 'patch'] as const;

const maskEdge = {
  /** Width of the fade around the mask in frame pixels: less and less of the steps redraws it. */
  feather: z.number().min(0).max(512).default(0),
  /** Makes the mask larger before the fade, or smaller, in frame pixels. */
  grow: z.number().int().min(-512).max(512).default(0),
};

const inpaint = z.object({
  /** What is redrawn besides the picture's transparent parts. */
  mask: maskSource.optional(),
  ...maskEdge,
  /**
   * Masks with a fade and growth of their own. `share` is the part of the run that redraws inside: its last steps. Where masks meet, the
   * most counts.
   */
  moreMasks: z
    .array(z.object({ mask: maskSource, ...maskEdge, share: unit.default(1) }))
    .max(31)
    .optional(),
  /** What the encoder sees in transparent pixels, or under the mask where there are none. */
  infill: z.enum(infillMethods).default('none'),
  /** Draw only the mask's surroundings, enlarged to the model's own size, and lay them back at their place. */
  focus: z.boolean().default(false),
});

/** Of the UNet's large layers. */
export const precisions = ['full', 'fast'] as const;

export const samplerNames = [
  'ddim', 'ddpm', 'deis', 'deis_k', 'lms', 'lms_k', 'pndm', 'heun', 'heun_k', 'euler', 'euler_k', 'euler_a',
  'kdpm_2', 'kdpm_2_k', 'kdpm_2_a', 'kdpm_2_a_k', 'dpmpp_2s', 'dpmpp_2s_k', 'dpmpp_2m', 'dpmpp_2m_k',
  'dpmpp_2m_sde', 'dpmpp_2m_sde_k', 'dpmpp_3m', 'dpmpp_3m_k', 'dpmpp_sde', 'dpmpp_sde_k', 'unipc', 'unipc_k', 'lcm', 'tcd',
] as const; // prettier-ignore

/** Their noise levels are fixed: they follow the schedule "default" alone. */
export const samplersOnGrid: readonly (typeof samplerNames)[number][] = ['ddim', 'ddpm', 'pndm', 'lcm', 'tcd'];

export const promptSyntaxes = ['a1111', 'comfy', 'compel', 'plain'] as const;

/** Largest side of a picture in pixels. */
export const maxSide = 8192;

const side = z
  .number()
  .int()
  .min(16)
  .max(maxSide)
  .refine((pixels) => pixels % 8 === 0, { message: 'Width and height must be multiples of 8.' });

export const recipeSchema = z.object({
  version: z.literal(1).default(1),
  /** Model id, or a path to a .safetensors file or a diffusers folder. */
  model: z.string().min(1).default(starterId),
  /** Of the file that holds the model's UNet. */
  modelSha256: fileHash,
  prompt: z.string().max(20_000),
  /** Missing is not the same as empty: SDXL encodes "" but takes zeros for a missing negative prompt. */
  negative: z.string().max(20_000).optional(),
  syntax: z.enum(promptSyntaxes).default('a1111'),
  size: z.object({ width: side, height: side }).optional(),
  sampler: z.enum(samplerNames).optional(),
  schedule: z.enum(['default', 'karras', 'exponential', 'beta', 'sgm_uniform', 'ays']).default('default'),
  steps: z.number().int().min(1).max(1000).optional(),
  guidance: z.number().min(0).max(50).optional(),
  guidanceRescale: unit.default(0),
  clipSkip: z.number().int().min(0).max(11).default(0),
  /** 0 is seed 0. The generator uses 64 bits; JSON carries 53. */
  seed: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
  noise: z.enum(['torch-cpu', 'philox']).default('torch-cpu'),
  /** Image to image: the start picture and how much of the schedule runs. */
  image: z.object({ picture: assetId, strength: unit.default(0.75) }).optional(),
  inpaint: inpaint.optional(),
  regions: z.array(region).max(32).default([]),
  controls: z.array(control).max(8).default([]),
  references: z.array(reference).max(8).default([]),
  loras: z.array(lora).max(64).default([]),
  embeddings: z.array(embedding).max(32).default([]),
  /** Accumulate where each prompt, region and reference won, for the attention inspector. */
  capture: z.boolean().default(false),
  engine: z
    .object({
      device: z.enum(['auto', 'cpu', 'gpu']).default('auto'),
      /** Base attention op; `auto` takes the first that can serve. */
      attention: z.string().default('auto'),
      /** `fast`: on a CPU the large layers of the UNet and of ControlNets compute in 8 bits, which changes the picture a little. */
      precision: z.enum(precisions).default('full'),
      maxMemoryBytes: z.number().int().positive().optional(),
    })
    .prefault({}),
});

/** A recipe with every default filled in. */
export type Recipe = z.output<typeof recipeSchema>;
/** A recipe as a person or another program writes it. */
export type RecipeInput = z.input<typeof recipeSchema>;
export type Precision = (typeof precisions)[number];
export type SamplerName = (typeof samplerNames)[number];
export type RecipeRegion = Recipe['regions'][number];
export type RecipeControl = Recipe['controls'][number];
export type RecipeReference = Recipe['references'][number];
export type RecipeLora = Recipe['loras'][number];
export type RecipeEmbedding = Recipe['embeddings'][number];
export type RecipeInpaint = NonNullable<Recipe['inpaint']>;
export type MaskSource = z.output<typeof maskSource>;
