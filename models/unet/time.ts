import { silu } from '../../kernels/activation/op.ts';
import { add } from '../../kernels/binary/op.ts';
import { concat } from '../../kernels/concat/op.ts';
import type { Scope } from '../../kernels/graph/builder.ts';
import { plain, type Value } from '../../kernels/graph/graph.ts';
import { linear } from '../../kernels/linear/op.ts';
import { reshape } from '../../kernels/reshape/op.ts';
import { timestepEmbedding } from '../../kernels/timestep-embedding/op.ts';
import type { UnetConfig } from './config.ts';

/**
 * The time embedding [B, D] through its SiLU, as every residual block takes it: the sinusoid of `timestep`, plus SDXL's pooled text and
 * time ids, plus the guidance embedding of consistency models. Adds the inputs it needs to the graph.
 */
export function timeEmbedding(scope: Scope, config: UnetConfig, batch: number): Value {
  const sinusoid = { flipSinToCos: config.flipSinToCos, frequencyShift: config.frequencyShift };
  const width = config.blockOutChannels[0]!;
  const time = scope.graph.input('timestep', plain(batch));
  let first = timestepEmbedding(scope.at('time_proj'), time, { width, ...sinusoid });
  if (config.guidanceWidth !== undefined) {
    const guidance = scope.graph.input('timestep_cond', plain(batch, config.guidanceWidth));
    first = add(scope.at('guidance'), first, linear(scope.at('time_embedding', 'cond_proj'), guidance, width, { bias: false }));
  }
  let embedding = timeMlp(scope.at('time_embedding'), first, width * 4);
  if (config.textTime) {
    const { idWidth, inputWidth } = config.textTime;
    const ids = scope.graph.input('time_ids', plain(batch, timeIdCount));
    const flat = reshape(scope.at('add_time_proj'), ids, [batch * timeIdCount]);
    const waves = timestepEmbedding(scope.at('add_time_proj'), flat, { width: idWidth, ...sinusoid });
    const pooled = scope.graph.input('text_embeds', plain(batch, inputWidth - idWidth * timeIdCount));
    const joined = concat(
      scope.at('add_embedding'),
      [pooled, reshape(scope.at('add_embedding'), waves, [batch, idWidth * timeIdCount])],
      1,
    );
    embedding = add(scope.at('add_embedding'), embedding, timeMlp(scope.at('add_embedding'), joined, width * 4));
  }
  return silu(scope.at('time_embedding'), embedding);
}

/** SDXL's ids: original height and width, crop top and left, target height and width. */
export const timeIdCount = 6;

function timeMlp(scope: Scope, x: Value, width: number): Value {
  return linear(scope.at('linear_2'), silu(scope.at('linear_1'), linear(scope.at('linear_1'), x, width)), width);
}
