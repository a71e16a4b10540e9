import { floatTensor, type FloatTensor } from '../../../../kernels/tensor.ts';
import type { T2iAdapterDescription } from '../../../../models/t2i-adapter/open-t2i-adapter.ts';
import { buildT2iAdapter } from '../../../../models/t2i-adapter/t2i-adapter.ts';
import type { LoadedModel } from '../../model/loaded-model.ts';
import { weightStore } from '../../weights.ts';
import { controlAddOn } from './controlnet-run.ts';

/**
 * Runs a T2I-Adapter, once a job.
 * @param picture [1, C, H, W] in [0, 1]; filled up with black to the next multiple of what the adapter needs
 * @returns features from the finest, [1, C, h, w]
 */
export async function runT2iAdapter(
  model: LoadedModel,
  adapter: T2iAdapterDescription,
  identity: string,
  picture: FloatTensor,
): Promise<readonly FloatTensor[]> {
  const { downscale, channels, inChannels } = adapter.config;
  const filled = fillUp(channelsOf(picture, inChannels), downscale);
  const [, , height, width] = filled.shape as [number, number, number, number];
  const build = () => [buildT2iAdapter(adapter.config, height, width)];
  const store = weightStore(adapter.weights);
  const [executable] = await model.addOn(controlAddOn(adapter.path), `${identity} ${height} ${width}`, build, store);
  const outputs = await executable!.run(new Map([['control', filled]]));
  return channels.map((_, i) => outputs.get(`feature.${i}`) as FloatTensor);
}

/** Sketch adapters take one grey channel: the first, as their pictures are grey. */
function channelsOf(picture: FloatTensor, channels: number): FloatTensor {
  const [, found, height, width] = picture.shape as [number, number, number, number];
  return found === channels ? picture : floatTensor([1, channels, height, width], picture.data.slice(0, channels * height * width));
}

function fillUp(picture: FloatTensor, multiple: number): FloatTensor {
  const [, channels, height, width] = picture.shape as [number, number, number, number];
  const filled = floatTensor([1, channels, Math.ceil(height / multiple) * multiple, Math.ceil(width / multiple) * multiple]);
  const [, , fullHeight, fullWidth] = filled.shape as [number, number, number, number];
  for (let c = 0; c < channels; c++)
    for (let y = 0; y < height; y++) {
      const from = (c * height + y) * width;
      filled.data.set(picture.data.subarray(from, from + width), (c * fullHeight + y) * fullWidth);
    }
  return filled;
}
