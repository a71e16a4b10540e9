import type { SamplerName } from '../../src-main/contract/recipe.ts';

/** Where the bytes of one weight lie in the user's own file: nothing is converted or copied on disk. */
export interface WeightLocation {
  readonly file: string;
  /** From the start of the file. */
  readonly offset: number;
  readonly bytes: number;
  /** Dtype name of the safetensors format: F32, F16, BF16, F8_E4M3, … */
  readonly dtype: string;
  /** Shape as the network wants it, after `transpose`. */
  readonly shape: readonly number[];
  /** The file holds the matrix with rows and columns swapped. */
  readonly transpose?: true;
  /** Scaled fp8: the weight is the stored value times this scalar (or one factor a row). */
  readonly scale?: WeightLocation;
}

/** Weights of one network by their diffusers / transformers names. */
export type WeightMap = Map<string, WeightLocation>;

/** One tensor as a safetensors header declares it; `offset` from the start of the file. */
export interface HeaderEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly bytes: number;
}

export interface ModelHeader {
  readonly tensors: ReadonlyMap<string, HeaderEntry>;
  readonly metadata: ReadonlyMap<string, string>;
}

/** What detection looks at: names and shapes. */
export type TensorShapes = ReadonlyMap<string, { readonly shape: readonly number[] }>;

/** The files that opening a model needs, injected: this folder has no file access of its own. Paths are joined with "/". */
export interface ModelIo {
  kind(path: string): Promise<'file' | 'folder' | 'missing'>;
  /** Names in a folder; empty when there is none. */
  list(folder: string): Promise<readonly string[]>;
  /** Text of a small file (at most 32 MB), undefined when it does not exist. */
  readText(path: string): Promise<string | undefined>;
  /** Checked safetensors header. Throws AppError for a file that is not one. */
  header(path: string): Promise<ModelHeader>;
  /** Values of one weight as f32. */
  values(location: WeightLocation): Promise<Float32Array>;
}

export type JsonObject = Readonly<Record<string, unknown>>;

export type ModelFamily = 'sd1' | 'sd2' | 'sdxl' | 'sdxl-refiner';
/** Told by the input channels of the UNet: 4, 9, 8 and 5. */
export type ModelVariant = 'normal' | 'inpaint' | 'instruct-pix2pix' | 'depth';
export type Prediction = 'epsilon' | 'v_prediction' | 'sample';
export type ComponentName = 'unet' | 'vae' | 'text_encoder' | 'text_encoder_2';

/** One network of a model: its diffusers / transformers config.json and where its weights are. */
export interface ModelComponent {
  readonly config: JsonObject;
  readonly weights: WeightMap;
}

/** Where a tokenizer's vocabulary comes from: files of the model, or the CLIP vocabulary that Strata ships. */
export interface TokenizerSource {
  readonly files?: { readonly vocab: string; readonly merges: string };
  /** Text of the padding token: "<|endoftext|>" or "!". */
  readonly padToken: string;
  readonly maxLength: number;
}

/** Everything the engine needs to know about a model before it reads a weight. */
export interface ModelDescription {
  readonly path: string;
  readonly layout: 'diffusers' | 'single-file';
  readonly family: ModelFamily;
  readonly variant: ModelVariant;
  readonly prediction: Prediction;
  /** False when nothing in the file says so and the family's usual value was taken: the user may correct it. */
  readonly predictionCertain: boolean;
  readonly zeroTerminalSnr: boolean;
  readonly components: Readonly<Partial<Record<ComponentName, ModelComponent>>>;
  /** A diffusers scheduler_config.json. */
  readonly scheduler: JsonObject;
  readonly tokenizers: { readonly tokenizer?: TokenizerSource; readonly tokenizer_2?: TokenizerSource };
  /** Latents given to the UNet are the VAE's times this. */
  readonly vaeScale: number;
  /** Picture pixels per latent pixel. */
  readonly vaeFactor: number;
  /** SDXL: a missing negative prompt is zeros; an empty one is encoded. */
  readonly forceZerosForEmptyPrompt: boolean;
  readonly metadata: ReadonlyMap<string, string>;
  /** The words it was trained on, where its folder says so (`vocabulary.json`): it knows no others. */
  readonly vocabulary?: readonly string[];
  /** Settings that suit it better than its family's, where its folder says so. */
  readonly preferred?: { readonly steps?: number; readonly guidance?: number; readonly sampler?: SamplerName };
  /** Why the file was taken for what it is taken for, as sentences. */
  readonly reasons: readonly string[];
  /** What was assumed or ignored, as sentences. */
  readonly notes: readonly string[];
}
