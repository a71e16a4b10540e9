import type { EngineRequest, EngineResult } from '../contract/engine-messages.ts';
import type { LogLevel } from '../contract/protocol.ts';
import type { Recipe } from '../contract/recipe.ts';
import type { BenchLine, CaptureInfo, DoctorReport, ModelInfo, Plan, StackDescription, VerifyLine } from '../contract/reports.ts';

export type DeviceChoice = Recipe['engine']['device'];

/** Asset id to absolute path of a file that may be read, not written. */
export type AssetPaths = Readonly<Record<string, string>>;

/** One sign of progress; times are added by the job runner. */
export interface ServiceProgress {
  /** In words for the user: 'Loading the model', 'Drawing'. */
  readonly stage: string;
  /** Finished steps of this stage; the first call of a stage usually has 0. */
  readonly step: number;
  readonly steps: number;
  /** RGB, 3 bytes a pixel, row by row. */
  readonly preview?: { readonly width: number; readonly height: number; readonly rgb: Uint8Array };
  /** One step of the attention capture: [source][y][x], 255 = the whole attention. */
  readonly capture?: { readonly info: CaptureInfo; readonly values: Uint8Array };
}

/** What a running piece of work may use of the process around it. */
export interface WorkHooks {
  readonly signal: AbortSignal;
  /** False where nobody looks at previews: they cost time. */
  readonly hasPreviews?: boolean;
  progress(progress: ServiceProgress): void;
  log(level: LogLevel, text: string): void;
  /**
   * Lets waiting messages in and throws `cancelled` when one of them was a cancel. Await it between model calls: ONNX Runtime
   * blocks the thread, so nothing else can arrive. It is also the sign of life of the watchdog.
   */
  checkpoint(): Promise<void>;
}

type PictureFacts = EngineResult<'generate'>['pictures'][number];

export interface GeneratedPicture extends PictureFacts {
  /** width * height * 3 bytes. */
  readonly rgb: Uint8Array;
  /** [step][source][y][x] where `capture` is not null. */
  readonly captureValues: Uint8Array | null;
}

/** The work behind the engine process. One heavy call at a time; `plan`, `describe` and the two that inspect may come in between. */
export interface EngineService {
  load(model: string, device: DeviceChoice, hooks: WorkHooks): Promise<ModelInfo>;
  generate(recipe: Recipe, assets: AssetPaths, hooks: WorkHooks): Promise<readonly GeneratedPicture[]>;
  plan(recipe: Recipe, assets: AssetPaths): Promise<Plan>;
  describe(recipe: Recipe, assets: AssetPaths): Promise<StackDescription>;
  inspectModel(path: string): Promise<ModelInfo>;
  /** The add-ons that came with a model. */
  inspectCompanions(model: string): Promise<readonly ModelInfo[]>;
  doctor(device: DeviceChoice, hooks: WorkHooks): Promise<DoctorReport>;
  /** Runs the golden cases of a folder; `groups` null means all that are there, `match` is a part of their id or kind. */
  verify(
    folder: string,
    groups: readonly string[] | null,
    emit: (line: VerifyLine) => void,
    hooks: WorkHooks & { readonly match: string; readonly device: DeviceChoice },
  ): Promise<void>;
  bench(
    what: Extract<EngineRequest, { kind: 'bench' }>['what'],
    emit: (line: BenchLine) => void,
    hooks: WorkHooks & { readonly device: DeviceChoice },
  ): Promise<void>;
  /** Gives memory and devices back before the process ends. */
  dispose(): Promise<void>;
}
