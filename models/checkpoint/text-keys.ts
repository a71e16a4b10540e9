import type { HeaderEntry, WeightLocation } from './types.ts';

const ignored = /(^|\.)(position_ids|logit_scale)$/;

/**
 * The transformers name of a CLIP text tensor, with `text_model.` in front as most files have it; transformers from 5.6 saves
 * CLIPTextModel without it. Undefined for tensors that are not weights.
 */
export function clipTextName(name: string): string | undefined {
  if (ignored.test(name)) return undefined;
  if (name.startsWith('text_model.') || name.startsWith('text_projection.')) return name;
  return /^(embeddings|encoder|final_layer_norm)\./.test(name) ? `text_model.${name}` : undefined;
}

const layerNames: readonly (readonly [openclip: string, hf: string])[] = [
  ['ln_1.', 'layer_norm1.'],
  ['ln_2.', 'layer_norm2.'],
  ['mlp.c_fc.', 'mlp.fc1.'],
  ['mlp.c_proj.', 'mlp.fc2.'],
  ['attn.out_proj.', 'self_attn.out_proj.'],
];

const topNames: ReadonlyMap<string, string> = new Map([
  ['token_embedding.weight', 'text_model.embeddings.token_embedding.weight'],
  ['positional_embedding', 'text_model.embeddings.position_embedding.weight'],
  ['ln_final.weight', 'text_model.final_layer_norm.weight'],
  ['ln_final.bias', 'text_model.final_layer_norm.bias'],
]);

/**
 * The transformers weights that one OpenCLIP tensor (without prefix) stands for: `attn.in_proj` holds q, k and v one below the
 * other, so each is a third of its bytes; `text_projection` is stored for x @ W and so is the transpose of the linear layer's.
 */
export function openClipWeights(name: string, file: string, entry: HeaderEntry): [string, WeightLocation][] {
  const top = topNames.get(name);
  if (top) return [[top, { file, ...entry }]];
  if (name === 'text_projection') {
    return [['text_projection.weight', { file, ...entry, shape: entry.shape.toReversed(), transpose: true }]];
  }
  const layer = /^transformer\.resblocks\.(\d+)\.(.+)$/.exec(name);
  if (!layer) return [];
  const base = `text_model.encoder.layers.${layer[1]}.`;
  const rest = layer[2] ?? '';
  const inProjection = /^attn\.in_proj_(weight|bias)$/.exec(rest);
  if (inProjection) return thirds(entry, file).map((part, i) => [`${base}self_attn.${'qkv'[i]}_proj.${inProjection[1]}`, part]);
  for (const [openclip, hf] of layerNames)
    if (rest.startsWith(openclip)) return [[base + hf + rest.slice(openclip.length), { file, ...entry }]];
  return [];
}

function thirds(entry: HeaderEntry, file: string): WeightLocation[] {
  const [rows = 0, ...columns] = entry.shape;
  if (rows % 3 !== 0) return [];
  const bytes = entry.bytes / 3;
  return [0, 1, 2].map((i) => ({ file, dtype: entry.dtype, shape: [rows / 3, ...columns], offset: entry.offset + i * bytes, bytes }));
}
