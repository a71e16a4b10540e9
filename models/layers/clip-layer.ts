import type { ActivationKind } from '../../kernels/activation/attributes.ts';
import { activation } from '../../kernels/activation/op.ts';
import { attention, type AttentionOptions } from '../../kernels/attention-op/op.ts';
import { add } from '../../kernels/binary/op.ts';
import type { Scope } from '../../kernels/graph/builder.ts';
import type { Value } from '../../kernels/graph/graph.ts';
import { layerNorm } from '../../kernels/layer-norm/op.ts';
import { linear } from '../../kernels/linear/op.ts';
import type { ConfigReader } from '../config.ts';

const activations = { quick_gelu: 'quickGelu', gelu: 'gelu' } as const;

/** `hidden_act` of a CLIP config.json. Throws ConfigError for any other than the two in use. */
export function clipActivation(config: ConfigReader): ActivationKind {
  return activations[config.oneOf('hidden_act', ['quick_gelu', 'gelu'], 'quick_gelu')];
}

export interface ClipLayerOptions {
  readonly width: number;
  readonly mlpWidth: number;
  readonly heads: number;
  readonly activation: ActivationKind;
  readonly normEpsilon: number;
  readonly causal: boolean;
  readonly bias?: AttentionOptions['bias'];
}

/** One layer of CLIP's transformers, text or picture (transformers CLIPEncoderLayer): attention and a two-layer network, each on a norm. */
export function clipLayer(scope: Scope, x: Value, options: ClipLayerOptions): Value {
  const { width, heads, causal, bias, normEpsilon } = options;
  const self = scope.at('self_attn');
  const normal = layerNorm(scope.at('layer_norm1'), x, normEpsilon);
  const project = (name: string) => linear(self.at(name), normal, width);
  const { out } = attention(self, project('q_proj'), project('k_proj'), project('v_proj'), { heads, causal, ...(bias && { bias }) });
  const h = add(self, linear(self.at('out_proj'), out, width), x);
  const mlp = scope.at('mlp');
  const inner = linear(mlp.at('fc1'), layerNorm(scope.at('layer_norm2'), h, normEpsilon), options.mlpWidth);
  return add(mlp, linear(mlp.at('fc2'), activation(mlp, options.activation, inner), width), h);
}
