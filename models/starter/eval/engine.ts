import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { defaultsFor } from '../../checkpoint/defaults.ts';
import { floatTensor } from '../../../kernels/tensor.ts';
import { recipeSchema, starterId, type RecipeInput } from '../../../src-main/contract/recipe.ts';
import type { RgbPicture } from '../../../src-main/core/rgb-picture.ts';
import { onnxBackend } from '../../../src-main/engine/backends/onnx/onnx.ts';
import type { AssetPaths, WorkHooks } from '../../../src-main/engine/engine-service.ts';
import { generate } from '../../../src-main/engine/jobs/generate.ts';
import type { LoadedModel } from '../../../src-main/engine/model/loaded-model.ts';
import { ModelLibrary } from '../../../src-main/engine/model/model-library.ts';
import { decodeLatents, encodePicture } from '../../../src-main/engine/pipeline/latents.ts';
import { picturePixels, pictureTensor } from '../../../src-main/engine/pipeline/pixels.ts';
import { writePicture } from './drawings.ts';

export interface EngineOptions {
  /** A model's file or folder; the embedded starter model unless stated. */
  readonly model?: string;
  readonly threads?: number;
}

const hooks: WorkHooks = {
  signal: new AbortController().signal,
  hasPreviews: false,
  progress: () => undefined,
  log: () => undefined,
  checkpoint: () => Promise.resolve(),
};

/** Strata's own engine in this process, with one model that stays open. */
export class DrawingEngine implements AsyncDisposable {
  readonly name: string;
  readonly #model: LoadedModel;
  readonly #library: ModelLibrary;
  readonly #folder: string;
  #inputs = 0;

  private constructor(name: string, model: LoadedModel, library: ModelLibrary, folder: string) {
    this.name = name;
    this.#model = model;
    this.#library = library;
    this.#folder = folder;
  }

  static async open({ model, threads }: EngineOptions = {}): Promise<DrawingEngine> {
    const library = new ModelLibrary();
    const name = model === undefined ? starterId : existsSync(model) ? resolve(model) : model;
    const opened = await library.open(name, onnxBackend(threads === undefined ? {} : { threads }));
    return new DrawingEngine(name, opened, library, await mkdtemp(join(tmpdir(), 'strata-eval-')));
  }

  /** What to know of the model before its pictures are judged. */
  get notes(): readonly string[] {
    return this.#model.description.notes;
  }

  /** What the model is drawn with where nothing else is said. */
  get settings(): Required<Pick<RecipeInput, 'steps' | 'guidance' | 'sampler'>> {
    const { steps, guidance, sampler } = defaultsFor(this.#model.description);
    return { steps, guidance, sampler };
  }

  /** Draws one recipe. Throws AppError, `addOnMissing` where a companion is not there. */
  async draw(recipe: RecipeInput, assets: AssetPaths = {}): Promise<RgbPicture> {
    const { width, height, rgb } = await generate({ recipe: recipeSchema.parse(recipe), assets, model: this.#model, hooks });
    return { width, height, data: rgb };
  }

  /** Puts a picture where a recipe can name it. */
  async asset(picture: RgbPicture): Promise<AssetPaths> {
    const path = join(this.#folder, `input-${this.#inputs++}.png`);
    await writePicture(path, picture);
    return { [path]: path };
  }

  /** A picture through the VAE and back, without noise. */
  async roundTrip({ width, height, data }: RgbPicture): Promise<RgbPicture> {
    const { mean } = await encodePicture(this.#model, pictureTensor({ width, height, channels: 3, data }, 'signed'));
    return picturePixels(await decodeLatents(this.#model, floatTensor(mean.shape, mean.data)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#library.release();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
