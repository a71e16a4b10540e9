import { addOnRefusal } from '../add-on/refusal.ts';
import type { TensorShapes, WeightMap } from '../checkpoint/types.ts';
import type { ProjectionConfig } from './projection-config.ts';

/** All published resamplers have heads of this width; shapes do not tell it. */
const headWidth = 64;

export const faceIdSentence =
  'This is an IP-Adapter FaceID: it needs a face recognition model (InsightFace) whose licence forbids commercial use, so Strata does not use it. ' +
  'Choose an ordinary, Plus or full-face IP-Adapter.';

/** FaceID adapters carry LoRAs for all attentions, or a projection of a face's 512 numbers. */
export function isFaceId(names: readonly string[]): boolean {
  return names.some((name) => name.includes('_lora.') || name.includes('perceiver_resampler.')) || (has(names, 'proj.0.weight') && !has(names, 'proj.3.weight')); // prettier-ignore
}

function has(names: readonly string[], end: string): boolean {
  return names.some((name) => name.startsWith('image_proj') && name.endsWith(`.${end}`));
}

/** What kind of projection the shapes of its weights (diffusers names) say it is. Throws AppError for a kind that is not known. */
export function inferProjection(path: string, weights: WeightMap, textWidth: number): ProjectionConfig {
  const shape = (name: string): readonly number[] => (weights as TensorShapes).get(`image_proj.${name}`)?.shape ?? [];
  if (weights.has('image_proj.image_embeds.weight')) {
    const [rows = 0, inWidth = 0] = shape('image_embeds.weight');
    const outWidth = shape('norm.weight')[0] ?? textWidth;
    return { kind: 'base', tokens: rows / outWidth, inWidth, outWidth };
  }
  if (weights.has('image_proj.latents')) {
    const [, tokens = 0, width = 0] = shape('latents');
    const depth = new Set([...weights.keys()].map((name) => /\.layers\.(\d+)\./.exec(name)?.[1]).filter(Boolean)).size;
    const heads = (shape('layers.0.attn.to_q.weight')[0] ?? 0) / headWidth;
    const innerWidth = shape('layers.0.ff.1.net.0.proj.weight')[0] ?? 0;
    const inWidth = shape('proj_in.weight')[1] ?? 0;
    const outWidth = shape('proj_out.weight')[0] ?? 0;
    return { kind: 'plus', tokens, inWidth, outWidth, width, depth, heads, headWidth, innerWidth };
  }
  if (weights.has('image_proj.ff.net.0.proj.weight')) {
    const [innerWidth = 0, inWidth = 0] = shape('ff.net.0.proj.weight');
    return { kind: 'full', inWidth, innerWidth, outWidth: shape('ff.net.2.weight')[0] ?? 0 };
  }
  const sentence = 'The image projection of this IP-Adapter is of a kind that is not known: expected proj, latents or a two-layer network.';
  throw addOnRefusal('unsupportedAddOn', path, sentence, { expected: 'base, Plus or full face', got: [...weights.keys()].slice(0, 5) });
}
