import type { MaskSource, RecipeInput } from '../../src-main/contract/recipe.ts';
import type { Point, Rectangle } from './geometry.ts';
import type { TileMap } from './tiles.ts';

/**
 * The document is a set of frozen records. A record's scope says what happens to it: `document` records are saved and undone,
 * `session` records belong to this window only.
 */
export type Scope = 'document' | 'session';

export type LayerId = string & { readonly brand: 'LayerId' };

export const blendModes = [
  'normal',
  'multiply',
  'screen',
  'overlay',
  'darken',
  'lighten',
  'color-dodge',
  'color-burn',
  'hard-light',
  'soft-light',
  'difference',
  'exclusion',
  'hue',
  'saturation',
  'color',
  'luminosity',
] as const;
export type BlendMode = (typeof blendModes)[number];

interface LayerBase {
  readonly id: LayerId;
  readonly type: 'layer';
  readonly name: string;
  readonly hidden: boolean;
  readonly locked: boolean;
  /** 0 to 1. */
  readonly opacity: number;
  /** Where the layer's own origin lies on the canvas, in whole pixels. */
  readonly offset: Point;
  readonly tiles: TileMap;
}

export interface RasterLayer extends LayerBase {
  readonly kind: 'raster';
  readonly blend: BlendMode;
}

export const controlModes = ['balanced', 'prompt', 'control', 'unbalanced'] as const;
export type ControlMode = (typeof controlModes)[number];
export type AdapterKind = 'controlnet' | 't2i-adapter';

export interface ControlLayer extends LayerBase {
  readonly kind: 'control';
  readonly adapter: AdapterKind;
  /** Model id, or null while none is chosen. */
  readonly model: string | null;
  readonly preprocessor: string;
  /** What was set by hand for each preprocessor, by its name; documents from before have no such field. */
  readonly filterValues?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly strength: number;
  readonly range: StepRange;
  readonly mode: ControlMode;
  /** A region whose mask limits this control layer. */
  readonly maskLayer: LayerId | null;
  /** Of the model's file, where a recipe said it. */
  readonly sha256?: string | undefined;
}

/** Half-open share of the steps, 0 to 1. */
export type StepRange = readonly [begin: number, end: number];

export type ReferenceMethod = 'full' | 'style' | 'composition' | 'precise';

export interface Reference {
  /** Asset id of the picture. */
  readonly picture: string;
  /** The part of the picture that counts, in its pixels; all of it when there is none. */
  readonly crop?: Rectangle;
  readonly model: string | null;
  readonly weight: number;
  readonly range: StepRange;
  readonly method: ReferenceMethod;
  /** The part of its region where it counts, where a recipe said one. */
  readonly mask?: MaskSource;
  /** Of the model's file, where a recipe said it. */
  readonly sha256?: string;
}

export interface LoraUse {
  readonly file: string;
  readonly weight: number;
  /** Weight in the text encoder; `weight` unless stated. */
  readonly textWeight?: number | undefined;
  readonly sha256?: string | undefined;
}

/** A textual inversion: a word of the prompts that stands for a file. */
export interface EmbeddingUse {
  readonly file: string;
  readonly word?: string | undefined;
  readonly sha256?: string | undefined;
}

export interface RegionLayer extends LayerBase {
  readonly kind: 'region';
  /** #rrggbb; how the mask is tinted on the canvas. */
  readonly colour: string;
  readonly prompt: string;
  readonly negative: string;
  readonly strength: number;
  readonly range: StepRange;
  /** Blur radius of the mask's edge, in frame pixels. */
  readonly feather: number;
  readonly autoNegative: boolean;
  readonly isolate: boolean;
  readonly references: readonly Reference[];
  readonly loras: readonly LoraUse[];
}

export interface ReferenceLayer extends LayerBase {
  readonly kind: 'reference';
  /** null while no picture was chosen. */
  readonly reference: Reference | null;
  /** A region whose mask limits the reference; documents from before have no such field. */
  readonly maskLayer?: LayerId | null;
}

export interface MaskLayer extends LayerBase {
  readonly kind: 'mask';
  readonly colour: string;
  /** How much of the schedule runs inside the mask, 0 to 1. */
  readonly strength: number;
  readonly noise: number;
  /** In frame pixels; negative shrinks. */
  readonly grow: number;
  readonly feather: number;
  /** Draw the masked part enlarged; documents from before have no such field. */
  readonly focus?: boolean;
}

export type Layer = RasterLayer | ControlLayer | RegionLayer | ReferenceLayer | MaskLayer;
export type LayerKind = Layer['kind'];

/** One stroke of the selection: areas are added and taken away in order. */
export interface SelectionPart {
  readonly mode: 'add' | 'subtract';
  readonly points: readonly Point[];
}

/** What the document itself is: one per document. `order` lists layers from top to bottom. */
export interface CanvasRecord {
  readonly id: 'canvas';
  readonly type: 'canvas';
  readonly name: string;
  readonly frame: Rectangle;
  readonly order: readonly LayerId[];
  readonly selection: readonly SelectionPart[];
}

export type Infill = 'none' | 'colour' | 'tile' | 'blur' | 'patch';

/** Everything of the recipe that is not a layer. Documents from before lack the optional fields. */
export interface SettingsRecord {
  readonly id: 'settings';
  readonly type: 'settings';
  readonly prompt: string;
  readonly negative: string;
  readonly model: string;
  /** Of the model's file, where a recipe said it. */
  readonly modelSha256?: string | undefined;
  readonly sampler: NonNullable<RecipeInput['sampler']> | null;
  readonly schedule: NonNullable<RecipeInput['schedule']>;
  readonly steps: number;
  readonly guidance: number;
  readonly seed: number;
  readonly seedLocked: boolean;
  readonly batch: number;
  /** Image to image: share of the schedule that runs. */
  readonly strength: number;
  /** What outpainting starts from. */
  readonly infill: Infill;
  /** What inpainting starts from under the mask. */
  readonly maskInfill?: Infill;
  /** How much of the schedule draws the empty part of the frame, and the width of its fade in frame pixels. */
  readonly outpaint?: { readonly strength: number; readonly feather: number };
  readonly syntax: NonNullable<RecipeInput['syntax']>;
  readonly loras: readonly LoraUse[];
  readonly capture: boolean;
  readonly embeddings?: readonly EmbeddingUse[];
  readonly guidanceRescale?: number;
  readonly clipSkip?: number;
  readonly noise?: NonNullable<RecipeInput['noise']>;
  /** An empty negative prompt is read instead of left out: SDXL draws otherwise. */
  readonly readsEmptyNegative?: boolean;
}

/** This window's own state: which layer is edited. */
export interface SessionRecord {
  readonly id: 'session';
  readonly type: 'session';
  readonly activeLayer: LayerId | null;
}

export type DocumentRecord = Layer | CanvasRecord | SettingsRecord | SessionRecord;
export type RecordId = DocumentRecord['id'];

export function scopeOf(record: DocumentRecord): Scope {
  return record.type === 'session' ? 'session' : 'document';
}
