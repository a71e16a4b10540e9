import type { FloatTensor } from '../../../../kernels/tensor.ts';
import { floatTensor } from '../../../../kernels/tensor.ts';
import { buildClipVision, type ClipVisionOutput } from '../../../../models/clip-vision/clip-vision.ts';
import type { ClipVisionDescription } from '../../../../models/clip-vision/open-clip-vision.ts';
import { buildImageProjection } from '../../../../models/ip-adapter/image-projection.ts';
import type { IpAdapterDescription } from '../../../../models/ip-adapter/open-ip-adapter.ts';
import { projectionInput } from '../../../../models/ip-adapter/projection-config.ts';
import type { LoadedModel } from '../../model/loaded-model.ts';
import { weightStore } from '../../weights.ts';

export const encoderAddOn = 'add-on image encoder';
const projectionAddOn = 'add-on image projection';

/** What an image encoder says of a picture [1, 3, S, S]: its embedding [1, P] or its patches [1, N, C]. */
export async function encodeImage(
  model: LoadedModel,
  encoder: ClipVisionDescription,
  output: ClipVisionOutput,
  pixels: FloatTensor,
): Promise<FloatTensor> {
  const build = () => [buildClipVision(encoder.config, [output])];
  const [executable] = await model.addOn(encoderAddOn, `${encoder.path} ${output}`, build, weightStore(encoder.weights));
  return (await executable!.run(new Map([['pixel_values', pixels]]))).get(output) as FloatTensor;
}

/** An encoder's output as the tokens [1, N, D] that the UNet sees. */
export async function projectImage(model: LoadedModel, adapter: IpAdapterDescription, features: FloatTensor): Promise<FloatTensor> {
  const count = features.shape.length === 3 ? features.shape[1]! : 1;
  const build = () => [buildImageProjection(adapter.projection, count)];
  const store = weightStore(adapter.projectionWeights);
  const [executable] = await model.addOn(projectionAddOn, `${adapter.path} ${count}`, build, store);
  return (await executable!.run(new Map([['picture', features]]))).get('tokens') as FloatTensor;
}

/** Tokens [1, N, D] of both sides of guidance. */
export interface ImageTokens {
  readonly positive: FloatTensor;
  readonly negative: FloatTensor;
}

/**
 * The tokens of both sides of guidance: the picture's, and those of no picture, which are the projection of an embedding of zeros or, for
 * adapters that read patches, of an encoded picture of zeros (diffusers encode_image).
 */
export async function imageTokens(
  model: LoadedModel,
  adapter: IpAdapterDescription,
  encoder: ClipVisionDescription,
  pixels: FloatTensor,
): Promise<ImageTokens> {
  const output = projectionInput(adapter.projection);
  const features = await encodeImage(model, encoder, output, pixels);
  const none = output === 'embeds' ? floatTensor(features.shape) : await encodeImage(model, encoder, output, floatTensor(pixels.shape));
  return { positive: await projectImage(model, adapter, features), negative: await projectImage(model, adapter, none) };
}

/** Gives the memory of encoder and projections back: they run once a job. */
export async function releaseImageEncoder(model: LoadedModel): Promise<void> {
  await model.release(encoderAddOn);
  await model.release(projectionAddOn);
}
