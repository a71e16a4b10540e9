import { floatTensor, type FloatTensor } from '../../../kernels/tensor.ts';
import { buildClipVision } from '../../../models/clip-vision/clip-vision.ts';
import { openClipVision, type ClipVisionDescription } from '../../../models/clip-vision/open-clip-vision.ts';
import { openIpAdapter, type IpAdapterDescription } from '../../../models/ip-adapter/open-ip-adapter.ts';
import { projectImage } from '../adapters/reference/image-features.ts';
import { encoderPixels } from '../adapters/reference/preprocess.ts';
import { modelFiles } from '../files.ts';
import type { LoadedModel } from '../model/loaded-model.ts';
import { floatInput, goldenBackend, goldenModel, goldenPath } from './models.ts';
import { weightStore } from '../weights.ts';
import type { GoldenCase, GoldenContext } from './types.ts';

/** An IP-Adapter of the golden folder, opened for a model once a run. */
export function goldenIpAdapter(context: GoldenContext, path: string, model: LoadedModel): Promise<IpAdapterDescription> {
  const { family } = model.description;
  const base = { family, textWidth: model.unetConfig.crossAttentionDim, unet: model.unetConfig };
  return context.shared(`ip-adapter ${path} ${family}`, () => openIpAdapter(goldenPath(context, path), base, modelFiles));
}

export function goldenImageEncoder(context: GoldenContext, path: string): Promise<ClipVisionDescription> {
  return context.shared(`image encoder ${path}`, () => openClipVision(goldenPath(context, path), modelFiles));
}

/** Several pictures [K, …] one by one, their results one behind the other [K, …]. */
export async function eachPicture(pictures: FloatTensor, run: (picture: FloatTensor) => Promise<FloatTensor>): Promise<FloatTensor> {
  const [count, ...shape] = pictures.shape as [number, ...number[]];
  const size = pictures.data.length / count;
  const results: FloatTensor[] = [];
  for (let i = 0; i < count; i++) results.push(await run(floatTensor([1, ...shape], pictures.data.slice(i * size, (i + 1) * size))));
  const data = new Float32Array(results.reduce((sum, result) => sum + result.data.length, 0));
  results.forEach((result, i) => data.set(result.data, i * result.data.length));
  return floatTensor([count, ...results[0]!.shape.slice(1)], data);
}

/** The projection of image features to tokens. */
export async function checkImageProjection(goldenCase: GoldenCase, context: GoldenContext): Promise<void> {
  const model = await goldenModel(context, goldenCase.params['model'] as string);
  const [named] = goldenCase.params['ip_adapters'] as [{ path: string }];
  const adapter = await goldenIpAdapter(context, named.path, model);
  const features = withoutSide(floatInput(context, 'image_embeds'));
  context.expect('tokens', (await eachPicture(features, (picture) => projectImage(model, adapter, picture))).data);
}

/** diffusers keeps [B, K, …]: K pictures for each row. */
function withoutSide({ shape, data }: FloatTensor): FloatTensor {
  const isNested = shape.length === 4 || (shape.length === 3 && shape[1] === 1);
  return isNested ? floatTensor([shape[0]! * shape[1]!, ...shape.slice(2)], data) : { shape, data };
}

/** Every output of an image encoder. */
export async function checkClipVision(goldenCase: GoldenCase, context: GoldenContext): Promise<void> {
  const { config, weights } = await goldenImageEncoder(context, goldenCase.params['path'] as string);
  const graph = buildClipVision(config, ['embeds', 'penultimate', 'last']);
  const executable = await goldenBackend(context).compile(graph, weightStore(weights));
  const pixels = floatInput(context, 'pixel_values');
  const roles = { image_embeds: 'embeds', penultimate: 'penultimate', last_hidden_state: 'last' } as const;
  for (const [role, output] of Object.entries(roles)) {
    const encode = async (picture: FloatTensor) => (await executable.run(new Map([['pixel_values', picture]]))).get(output) as FloatTensor;
    context.expect(role, (await eachPicture(pixels, encode)).data);
  }
}

/** A picture's way to an image encoder. */
export function checkClipPreprocess(goldenCase: GoldenCase, context: GoldenContext): void {
  const { shape, data } = context.input('rgb');
  const [height, width, channels] = shape as [number, number, number];
  const picture = { width, height, channels, data: Uint8Array.from(data as Uint8Array) };
  context.expect('pixel_values', encoderPixels(picture, goldenCase.params['size'] as number).data);
}
