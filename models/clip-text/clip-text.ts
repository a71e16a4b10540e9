import type { AttentionOptions } from '../../kernels/attention-op/op.ts';
import { add } from '../../kernels/binary/op.ts';
import { embedding, embeddingOperation } from '../../kernels/embedding/op.ts';
import { GraphBuilder, Scope } from '../../kernels/graph/builder.ts';
import { indices, tokens, type Graph, type Value } from '../../kernels/graph/graph.ts';
import { layerNorm } from '../../kernels/layer-norm/op.ts';
import { linear } from '../../kernels/linear/op.ts';
import { selectToken } from '../../kernels/select-token/op.ts';
import { clipLayer } from '../layers/clip-layer.ts';
import type { ClipTextConfig } from './config.ts';

/**
 * What a text encoder can give. `hidden.i` is the input of layer i, the last one the output of the stack before the final norm;
 * `normed.i` the same through the final norm; `last` = the last `normed`; `pooled` the token at `positions` of it;
 * `projected` the pooled token through the text projection.
 */
export type ClipTextOutput = `hidden.${number}` | `normed.${number}` | 'last' | 'pooled' | 'projected';

export interface ClipTextRequest {
  /** Tokens of a row, with begin, end and padding. */
  readonly length: number;
  readonly outputs: readonly ClipTextOutput[];
  /** Takes the input token_bias [1, L, 1], added to the scores of each token: far below 0 hides it. */
  readonly isMasked?: boolean;
}

/**
 * CLIP's text transformer (transformers CLIPTextModel) for one row: causal, padding not masked.
 * Inputs: input_ids [1, L] and, for `pooled` and `projected`, positions [1]. Outputs: those asked for; tokens [1, L, C] or [1, C].
 */
export function buildClipText(config: ClipTextConfig, { length, outputs, isMasked = false }: ClipTextRequest): Graph {
  const graph = new GraphBuilder();
  const batch = 1;
  const text = new Scope(graph, 'text_model');
  const embeddings = text.at('embeddings');
  const ids = graph.input('input_ids', indices(batch, length));
  const table = embeddings.at('position_embedding').weight('weight', [config.positions, config.width]);
  const positions = graph.constant(
    'position_ids',
    indices(1, length),
    Int32Array.from({ length }, (_, i) => i),
  );
  const tokenRows = embedding(embeddings.at('token_embedding'), ids, config.vocabularySize, config.width);
  const hidden = [add(embeddings, tokenRows, positionRows(embeddings, table, positions))];
  const bias = isMasked ? tokenBias(graph, length) : undefined;
  const options = { ...config, causal: true, ...(bias && { bias }) };
  for (let i = 0; i < config.layers; i++) hidden.push(clipLayer(text.at('encoder', 'layers', i), hidden[i]!, options));

  const normed = (i: number) => layerNorm(text.at('final_layer_norm'), hidden[i]!, config.normEpsilon);
  const pooled = () => selectToken(text, normed(config.layers), graph.input('positions', indices(batch)));
  const build = (output: ClipTextOutput): Value => {
    if (output === 'last') return normed(config.layers);
    if (output === 'pooled') return pooled();
    if (output === 'projected') return linear(new Scope(graph, 'text_projection'), pooled(), config.projectionWidth!, { bias: false });
    const [kind, index] = output.split('.');
    return kind === 'hidden' ? hidden[Number(index)]! : normed(Number(index));
  };
  return graph.build(Object.fromEntries(outputs.map((output) => [output, build(output)])));
}

function positionRows(scope: Scope, table: Value, positions: Value): Value {
  return scope.node(embeddingOperation, [table, positions], {}, 'position_rows');
}

/** Bias of rank 1: every query times the token's own number. */
function tokenBias(graph: GraphBuilder, length: number): NonNullable<AttentionOptions['bias']> {
  const query = graph.constant('token_bias.query', tokens(1, length, 1), new Float32Array(length).fill(1));
  return { query, key: graph.input('token_bias', tokens(1, length, 1)) };
}
