import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { openModel } from '../../models/checkpoint/open-model.ts';
import { recipeSchema, type RecipeInput } from '../../src-main/contract/recipe.ts';
import type { Graph } from '../../kernels/graph/graph.ts';
import type { Backend, TensorMap } from '../../src-main/engine/backends/backend.ts';
import type { WeightStore } from '../../src-main/engine/weights.ts';
import { onnxBackend } from '../../src-main/engine/backends/onnx/onnx.ts';
import type { GeneratedPicture } from '../../src-main/engine/engine-service.ts';
import { modelFiles } from '../../src-main/engine/files.ts';
import { generate } from '../../src-main/engine/jobs/generate.ts';
import { LoadedModel } from '../../src-main/engine/model/loaded-model.ts';
import { recipeAssets } from '../../src-main/studio/recipe-assets.ts';
import { root } from '../tool.ts';

const models = `${root}/test/golden/copy/models`;

/** config.json of the toy model's UNet. */
export const toyUnet = JSON.parse(readFileSync(`${models}/tiny-sd15/unet/config.json`, 'utf8')) as Readonly<Record<string, unknown>>;

export const toyModelPath = `${models}/tiny-sd15-f16.safetensors`;

/** Hears what the back end does. */
export interface BackendListener {
  compiled?(graph: Graph, weights: WeightStore): void;
  ran?(inputs: TensorMap, outputs: TensorMap): void;
}

export async function openToyModel({ compiled, ran }: BackendListener = {}, path = toyModelPath): Promise<LoadedModel> {
  const onnx = onnxBackend({ threads: 1 });
  const counting: Backend = {
    ...onnx,
    async compile(graph, weights) {
      compiled?.(graph, weights);
      const executable = await onnx.compile(graph, weights);
      const run = async (inputs: TensorMap) => {
        const outputs = await executable.run(inputs);
        ran?.(inputs, outputs);
        return outputs;
      };
      return { run, dispose: () => executable.dispose() };
    },
  };
  return new LoadedModel(await openModel(path, modelFiles), counting);
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'strata-adapters-'));
}

/** A picture file with a bright shape on dark ground. */
export async function writePicture(path: string): Promise<string> {
  const drawing =
    '<svg width="64" height="64"><rect width="64" height="64" fill="#203060"/><circle cx="24" cy="30" r="18" fill="#ffd040"/></svg>';
  await sharp(Buffer.from(drawing)).png().toFile(path);
  return path;
}

/** What a job did: its picture, and the stages it went through. */
export interface ToyRun {
  readonly picture: GeneratedPicture;
  readonly stages: readonly string[];
}

/** Draws 64 x 64 in two steps on the toy model. */
export async function draw(model: LoadedModel, changes: Partial<RecipeInput>, stages: string[] = []): Promise<ToyRun> {
  const recipe = recipeSchema.parse({
    model: 'toy', prompt: 'a house', negative: 'blurry', seed: 5, steps: 2, guidance: 4, sampler: 'euler', size: { width: 64, height: 64 }, ...changes,
  }); // prettier-ignore
  const picture = await generate({
    recipe,
    assets: Object.fromEntries(recipeAssets(recipe).map((name) => [name, name])),
    model,
    hooks: {
      signal: new AbortController().signal,
      progress: ({ stage }) => void stages.push(stage),
      log: () => undefined,
      checkpoint: () => Promise.resolve(),
    },
  });
  return { picture, stages };
}

/** Mean difference of two pictures' values in columns [from, to), 0 to 255. */
export function meanChange(a: GeneratedPicture, b: GeneratedPicture, from = 0, to = a.width): number {
  let sum = 0;
  for (let y = 0; y < a.height; y++)
    for (let i = (y * a.width + from) * 3; i < (y * a.width + to) * 3; i++) sum += Math.abs(a.rgb[i]! - b.rgb[i]!);
  return sum / (a.height * (to - from) * 3);
}
