import type { IpAdapterLayer } from '../../../kernels/attention/stack/layers.ts';
import { gridName, stackInputNames } from '../../../kernels/attention/stack/plan.ts';
import { floatTensor, type FloatTensor } from '../../../kernels/tensor.ts';
import type { Grid } from '../../core/regions/mask.ts';
import { imageTokens, projectImage } from '../adapters/reference/image-features.ts';
import { referenceLayer, referenceWeights } from '../adapters/reference/references.ts';
import type { LoadedModel, WeightLayer } from '../model/loaded-model.ts';
import { interpolateMask } from './diffusers-mask.ts';
import { eachPicture, goldenImageEncoder, goldenIpAdapter } from './images.ts';
import { floatInput } from './models.ts';
import type { GoldenCase, GoldenContext } from './types.ts';

interface NamedAdapter {
  readonly path: string;
  /** One for all pictures, or one each where each has a mask. */
  readonly scale: number | readonly number[];
}

/** The references of a case, as layers with what realises them. */
export interface GoldenReferences {
  readonly layers: readonly IpAdapterLayer[];
  readonly weights: readonly WeightLayer[];
  /** Picture tokens by layer id. */
  readonly pictures: ReadonlyMap<string, FloatTensor>;
  /** Names in the regional group's `mask.` inputs by layer id; null where it has none. */
  readonly maskNames: ReadonlyMap<string, string | null>;
  /** Masks of the layers at each grid, shrunk as diffusers does, by graph input. */
  maskInputs(grids: readonly Grid[]): Map<string, FloatTensor>;
}

interface Placed {
  readonly layer: IpAdapterLayer;
  readonly adapter: NamedAdapter;
  readonly tokens: FloatTensor;
  readonly mask?: FloatTensor;
  readonly maskName?: string | null;
}

/** @param tokensOf tokens [B, K, N, D] of an adapter's K pictures */
export async function goldenReferences(
  goldenCase: GoldenCase,
  context: GoldenContext,
  model: LoadedModel,
  tokensOf: (adapter: NamedAdapter, index: number) => Promise<FloatTensor>,
): Promise<GoldenReferences> {
  const adapters = (goldenCase.params['ip_adapters'] ?? []) as readonly NamedAdapter[];
  const regional = (goldenCase.params['regions'] as { ip?: readonly { scale: number; mask: string | null }[] } | undefined)?.ip;
  const placed: Placed[] = [];
  for (const [i, adapter] of adapters.entries()) {
    const tokens = await tokensOf(adapter, i);
    const masks = context.hasInput(`ip_adapter_masks.${i}`) ? floatInput(context, `ip_adapter_masks.${i}`) : undefined;
    const pictures = masks ? separate(tokens) : [together(tokens)];
    for (const [k, picture] of pictures.entries()) {
      const weight = regional?.[i]?.scale ?? (typeof adapter.scale === 'number' ? adapter.scale : adapter.scale[k]!);
      const maskName = regional?.[i]?.mask;
      const traits = { id: `reference ${i} ${k}`, weight, range: [0, 1] as const, method: 'full' as const };
      const layer = referenceLayer(traits, { count: picture.shape[1]!, width: picture.shape[2]! }, model.description.family);
      const hasMask = masks !== undefined || typeof maskName === 'string';
      placed.push({ layer: { ...layer, hasMask }, adapter, tokens: picture, ...(masks && { mask: maskOf(masks, k) }), ...(maskName !== undefined && { maskName }) }); // prettier-ignore
    }
  }
  return {
    layers: placed.map(({ layer }) => layer),
    weights: await Promise.all(placed.map(async ({ layer, adapter }) => referenceWeights(layer.id, await goldenIpAdapter(context, adapter.path, model), adapter.path))), // prettier-ignore
    pictures: new Map(placed.map(({ layer, tokens }) => [layer.id, tokens])),
    maskNames: new Map(placed.flatMap(({ layer, maskName }) => (maskName === undefined ? [] : [[layer.id, maskName] as const]))),
    maskInputs: (grids) => new Map(placed.flatMap(({ layer, mask }) => (mask ? grids.map((grid) => maskInput(layer.id, mask, grid)) : []))),
  };
}

/** Tokens from stored image features [B, K, …]. */
export async function storedTokens(
  context: GoldenContext,
  model: LoadedModel,
  { path }: NamedAdapter,
  index: number,
): Promise<FloatTensor> {
  const { shape, data } = floatInput(context, `image_embeds.${index}`);
  const [rows, count, ...rest] = shape as [number, number, ...number[]];
  const adapter = await goldenIpAdapter(context, path, model);
  const tokens = await eachPicture(floatTensor([rows * count, ...rest], data), (picture) => projectImage(model, adapter, picture));
  return floatTensor([rows, count, ...tokens.shape.slice(1)], tokens.data);
}

/** Tokens of both sides from a pipeline's stored pixels [1, 3, S, S]. */
export async function pixelTokens(context: GoldenContext, model: LoadedModel, { path }: NamedAdapter, index: number): Promise<FloatTensor> {
  const adapter = await goldenIpAdapter(context, path, model);
  const encoder = await goldenImageEncoder(context, path.replace(/[^/]+$/, 'image_encoder'));
  const pixels = floatInput(context, `ip_adapter_image.${index}`);
  const { positive, negative } = await imageTokens(model, adapter, encoder, pixels);
  const both = floatTensor([2, 1, ...positive.shape.slice(1)]);
  both.data.set(negative.data);
  both.data.set(positive.data, negative.data.length);
  return both;
}

/** One adapter's pictures side by side in one softmax: [B, K, N, D] as [B, K * N, D]. */
function together({ shape, data }: FloatTensor): FloatTensor {
  const [rows, count, tokens, width] = shape as [number, number, number, number];
  return floatTensor([rows, count * tokens, width], data);
}

/** Each picture's tokens [B, N, D]. */
function separate({ shape, data }: FloatTensor): FloatTensor[] {
  const [rows, count, tokens, width] = shape as [number, number, number, number];
  const size = tokens * width;
  return Array.from({ length: count }, (_, k) => {
    const own = floatTensor([rows, tokens, width]);
    for (let row = 0; row < rows; row++) own.data.set(data.subarray((row * count + k) * size, (row * count + k + 1) * size), row * size);
    return own;
  });
}

function maskOf({ shape, data }: FloatTensor, index: number): FloatTensor {
  const [, , height, width] = shape as [number, number, number, number];
  return floatTensor([height, width], data.slice(index * height * width, (index + 1) * height * width));
}

function maskInput(id: string, mask: FloatTensor, grid: Grid): [string, FloatTensor] {
  const { data } = interpolateMask(mask, grid.height, grid.width);
  return [stackInputNames.ipMask(id, gridName(grid)), floatTensor([1, data.length, 1], data)];
}
