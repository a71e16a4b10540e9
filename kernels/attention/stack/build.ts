import { attention } from '../../attention-op/op.ts';
import { add, multiply } from '../../binary/op.ts';
import type { Scope } from '../../graph/builder.ts';
import { plain, tokens, type Value } from '../../graph/graph.ts';
import { linear } from '../../linear/op.ts';
import { slice } from '../../slice/op.ts';
import { joinFactors, type BiasFactors } from './bias.ts';
import { captureMass } from './capture.ts';
import { imageAttention } from './ip-adapter.ts';
import { layersAt, type AttentionLayer, type AttentionSite, type RegionalLayer } from './layers.ts';
import { gridName, stackInputNames } from './plan.ts';
import { relativePositionBias } from './relative-position.ts';
import type { StackSession } from './session.ts';

/** Queries, keys and values of a site, [B, S, H*K], [B, T, H*K] and [B, T, H*V]. */
export interface Projected {
  readonly query: Value;
  readonly key: Value;
  readonly value: Value;
}

/** One attention of a transformer block with diffusers' projections: to_q, to_k, to_v, the stack, to_out.0. */
export function buildAttention(session: StackSession, scope: Scope, site: AttentionSite, hidden: Value, context: Value): Value {
  const width = hidden.shape[2]!;
  const project = (name: string, x: Value) => linear(scope.at(name), x, width, { bias: false });
  const projected = { query: project('to_q', hidden), key: project('to_k', context), value: project('to_v', context) };
  return linear(scope.at('to_out', 0), attendWithStack(session, scope, site, projected), width);
}

/** The stack at one site: base attention with the layers' biases, then what the layers add to it, in order of application. */
export function attendWithStack(session: StackSession, scope: Scope, site: AttentionSite, projected: Projected): Value {
  const layers = layersAt(session.stack.layers, site);
  const { base } = session.stack;
  const captures = layers.some(({ kind }) => kind === 'capture');
  const bias = joinFactors(scope, biasFactors(session, scope, site, layers, projected), site.heads);
  const readout = captures ? groupsOf(session, scope, projected) : undefined;
  const { out, mass } = attention(scope, projected.query, projected.key, projected.value, {
    heads: site.heads,
    causal: layers.some(({ kind }) => kind === 'causal'),
    base,
    ...(bias && { bias }),
    ...(readout && { readout }),
  });

  const isolated = layers.filter((layer): layer is RegionalLayer => layer.kind === 'regional' && layer.isolate);
  let result = isolated.length > 0 ? blendIsolated(session, scope, site, projected, out, isolated) : out;
  for (const layer of layers) {
    if (layer.kind === 'ipAdapter')
      result = add(scope.at('processor', layer.id), result, imageAttention(session, scope, site, layer, projected));
    if (layer.kind === 'perturbed') result = perturb(session, scope, layer.id, result, projected.value);
  }
  if (mass) session.captured(scope, site, captureMass(session, scope, site, layers, mass));
  return result;
}

function biasFactors(
  session: StackSession,
  scope: Scope,
  site: AttentionSite,
  layers: readonly AttentionLayer[],
  { query, key }: Projected,
): BiasFactors[] {
  const factors: BiasFactors[] = [];
  const { rank } = session.plan;
  if (site.kind === 'cross' && rank > 0) {
    const [batch, rows] = query.shape as [number, number];
    factors.push({
      query: session.input(scope, stackInputNames.regionQueries(gridName(site.grid)), tokens(batch, rows, rank)),
      key: session.input(scope, stackInputNames.regionKeys, tokens(batch, key.shape[1]!, rank)),
      perHead: false,
    });
  }
  for (const layer of layers) {
    if (layer.kind === 'relativePosition') factors.push(relativePositionBias(scope, site, layer, query));
  }
  return factors;
}

function groupsOf(session: StackSession, scope: Scope, { query, key }: Projected): Value {
  return session.input(scope, stackInputNames.captureGroups, tokens(query.shape[0]!, key.shape[1]!, session.groups.length));
}

/** joint * share of the joint softmax + each isolated region's own attention * its share. */
function blendIsolated(
  session: StackSession,
  scope: Scope,
  site: AttentionSite,
  { query, key, value }: Projected,
  joint: Value,
  isolated: readonly RegionalLayer[],
): Value {
  const [batch, rows] = query.shape as [number, number];
  const grid = gridName(site.grid);
  const gate = (name: string) => session.input(scope, name, tokens(batch, rows, 1));
  let sum = multiply(scope.at('joint'), joint, gate(stackInputNames.jointGate(grid)));
  for (const { id, start, end } of isolated) {
    const own = scope.at('isolate', id);
    const { out } = attention(own, query, slice(own.at('key'), key, 1, start, end), slice(own.at('value'), value, 1, start, end), {
      heads: site.heads,
      base: session.stack.base,
    });
    sum = add(own, sum, multiply(own, out, gate(stackInputNames.isolateGate(id, grid))));
  }
  return sum;
}

/** Rows marked by the layer take their own values, as if every query saw itself alone. */
function perturb(session: StackSession, scope: Scope, id: string, out: Value, value: Value): Value {
  const batch = out.shape[0]!;
  const keep = session.input(scope, stackInputNames.perturbedKeep(id), plain(batch, 1, 1));
  const identity = session.input(scope, stackInputNames.perturbedIdentity(id), plain(batch, 1, 1));
  const own = scope.at('perturbed', id);
  return add(own, multiply(own.at('keep'), out, keep), multiply(own.at('identity'), value, identity));
}
