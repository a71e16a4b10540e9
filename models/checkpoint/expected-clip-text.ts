import { configInteger } from './config-values.ts';
import type { JsonObject } from './types.ts';

/**
 * Names (with `text_model.`) and shapes of all weights of a CLIPTextModel with this config.json; with `text_projection` where
 * `architectures` says CLIPTextModelWithProjection (transformers modeling_clip.py).
 */
export function expectedClipText(config: JsonObject): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  const width = configInteger(config, 'hidden_size');
  const inner = configInteger(config, 'intermediate_size');
  const layer = (name: string, shape: readonly number[]): void => {
    shapes.set(`${name}.weight`, shape);
    shapes.set(`${name}.bias`, [shape[0] ?? 0]);
  };
  shapes.set('text_model.embeddings.token_embedding.weight', [configInteger(config, 'vocab_size', 49408), width]);
  shapes.set('text_model.embeddings.position_embedding.weight', [configInteger(config, 'max_position_embeddings', 77), width]);
  const layers = configInteger(config, 'num_hidden_layers', undefined, 200);
  for (let i = 0; i < layers; i++) {
    const base = `text_model.encoder.layers.${i}`;
    layer(`${base}.layer_norm1`, [width]);
    layer(`${base}.layer_norm2`, [width]);
    for (const part of ['q_proj', 'k_proj', 'v_proj', 'out_proj']) layer(`${base}.self_attn.${part}`, [width, width]);
    layer(`${base}.mlp.fc1`, [inner, width]);
    layer(`${base}.mlp.fc2`, [width, inner]);
  }
  layer('text_model.final_layer_norm', [width]);
  if (hasProjection(config)) shapes.set('text_projection.weight', [configInteger(config, 'projection_dim', 512), width]);
  return shapes;
}

/** Whether the config is of the class that also projects the pooled text. */
export function hasProjection(config: JsonObject): boolean {
  const architectures = config['architectures'];
  return Array.isArray(architectures) && architectures.includes('CLIPTextModelWithProjection');
}
