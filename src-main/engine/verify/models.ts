import { dirname, join } from 'node:path';
import { floatTensor, type FloatTensor } from '../../../kernels/tensor.ts';
import { openModel } from '../../../models/checkpoint/open-model.ts';
import { onnxBackend } from '../backends/onnx/onnx.ts';
import type { Backend } from '../backends/backend.ts';
import { lazyBackend } from '../backends/webgpu/lazy.ts';
import { modelFiles } from '../files.ts';
import { LoadedModel } from '../model/loaded-model.ts';
import { decodeLatents, encodePicture, splitMoments } from '../pipeline/latents.ts';
import { tiled } from '../pipeline/tiles.ts';
import type { GoldenCase, GoldenContext } from './types.ts';

/** Absolute path of a file that a case names relative to the golden folder. */
export function goldenPath(context: GoldenContext, path: string): string {
  return join(dirname(context.root), path);
}

/** In f32, since the cases' tolerances are of f32. */
async function openCard(): Promise<Backend> {
  const { webgpuBackend } = await import('../backends/webgpu/webgpu.ts');
  return webgpuBackend({ storage: 'f32' });
}

/** The back end that golden cases run on. */
export function goldenBackend(context: GoldenContext): Backend {
  return context.shared('backend', () => (context.device === 'gpu' ? lazyBackend(openCard) : onnxBackend()));
}

/** A model of the golden folder, opened once a run. */
export function goldenModel(context: GoldenContext, path: string): Promise<LoadedModel> {
  return context.shared(
    `model ${path}`,
    async () => new LoadedModel(await openModel(goldenPath(context, path), modelFiles), goldenBackend(context)),
  );
}

/** A stored float input. */
export function floatInput(context: GoldenContext, role: string): FloatTensor {
  const { shape, data } = context.input(role);
  return floatTensor(shape, Float32Array.from(data as Float32Array));
}

/** Encoding and decoding, whole or tiled as diffusers tiles. */
export async function checkVae(goldenCase: GoldenCase, context: GoldenContext): Promise<void> {
  const model = await goldenModel(context, goldenCase.params['model'] as string);
  const pixels = goldenCase.params['tile'] as number | undefined;
  const latentSide = (pixels ?? 0) / model.description.vaeFactor;
  if (context.hasInput('latents')) {
    const decode = (latents: FloatTensor) => decodeLatents(model, latents);
    const plan = { inputSize: latentSide, outputSize: pixels ?? 0, overlap: 0.25 };
    const latents = floatInput(context, 'latents');
    context.expect('image', (pixels === undefined ? await decode(latents) : await tiled(latents, plan, decode)).data);
    return;
  }
  const moments = async (picture: FloatTensor) => {
    const { mean, logVariance } = await encodePicture(model, picture);
    return stack(mean, logVariance);
  };
  const plan = { inputSize: pixels ?? 0, outputSize: latentSide, overlap: 0.25 };
  const picture = floatInput(context, 'image');
  const { mean, logVariance } = splitMoments(pixels === undefined ? await moments(picture) : await tiled(picture, plan, moments));
  context.expect('mean', mean.data);
  context.expect('logvar', logVariance.data);
}

function stack(a: FloatTensor, b: FloatTensor): FloatTensor {
  const data = new Float32Array(a.data.length * 2);
  data.set(a.data);
  data.set(b.data, a.data.length);
  return floatTensor(a.shape.with(1, a.shape[1]! * 2), data);
}
