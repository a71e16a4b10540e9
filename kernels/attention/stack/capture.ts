import { add, multiply } from '../../binary/op.ts';
import type { Scope } from '../../graph/builder.ts';
import { plain, tokens, type Value } from '../../graph/graph.ts';
import { imageGate } from './ip-adapter.ts';
import type { AttentionLayer, AttentionSite } from './layers.ts';
import { gridName, stackInputNames } from './plan.ts';
import type { StackSession } from './session.ts';

/**
 * The mass each group won at each query [B, S, G]. Prompts get their share of the softmax (an isolated region the share it is blended
 * with); a reference, whose softmax is its own, gets the weight with which its attention was added.
 * @param mass read-out of the joint softmax [B, S, G]
 */
export function captureMass(
  session: StackSession,
  scope: Scope,
  site: AttentionSite,
  layers: readonly AttentionLayer[],
  mass: Value,
): Value {
  const own = scope.at('capture');
  const [batch, rows] = mass.shape as [number, number];
  const grid = gridName(site.grid);
  const isIsolated = layers.some((layer) => layer.kind === 'regional' && layer.isolate);
  const gateOf = (name: string) => session.input(scope, name, tokens(batch, rows, 1));
  let result = isIsolated ? multiply(own.at('joint'), mass, gateOf(stackInputNames.jointGate(grid))) : mass;
  for (const layer of layers) {
    const isOwn = (layer.kind === 'regional' && layer.isolate) || layer.kind === 'ipAdapter';
    if (!isOwn) continue;
    const gate = layer.kind === 'ipAdapter' ? imageGate(session, scope, site, layer) : gateOf(stackInputNames.isolateGate(layer.id, grid));
    result = add(own.at(layer.id), result, multiply(own.at(layer.id), oneHot(session, own, layer.id), gate));
  }
  return result;
}

/** [1, 1, G] */
function oneHot(session: StackSession, scope: Scope, id: string): Value {
  const ones = Float32Array.from(session.groups, (name) => (name === id ? 1 : 0));
  return scope.graph.constant(`${scope.path}.${id}.group`, plain(1, 1, ones.length), ones);
}
