import { attention } from '../../attention-op/op.ts';
import { multiply } from '../../binary/op.ts';
import type { Scope } from '../../graph/builder.ts';
import { plain, tokens, type Value } from '../../graph/graph.ts';
import { linear } from '../../linear/op.ts';
import { siteFactor, type AttentionSite, type IpAdapterLayer } from './layers.ts';
import { gridName, stackInputNames } from './plan.ts';
import type { StackSession } from './session.ts';

/**
 * Attention of the site's queries over a picture's tokens, times scale, site factor and mask [B, S, H*V]. Its keys and values come from weights
 * of its own, `processor.to_k_ip.ID` and `processor.to_v_ip.ID`, without biases.
 */
export function imageAttention(
  session: StackSession,
  scope: Scope,
  site: AttentionSite,
  layer: IpAdapterLayer,
  { query }: { readonly query: Value },
): Value {
  const batch = query.shape[0]!;
  const isSwapped = layer.swappedSites.some((prefix) => site.name.startsWith(prefix));
  const name = isSwapped ? stackInputNames.ipSwappedTokens(layer.id) : stackInputNames.ipTokens(layer.id);
  const picture = session.input(scope, name, tokens(batch, layer.tokens, layer.width));
  const own = scope.at('processor');
  const features = query.shape[2]!;
  const key = linear(own.at('to_k_ip', layer.id), picture, features, { bias: false });
  const value = linear(own.at('to_v_ip', layer.id), picture, features, { bias: false });
  // The scale is 0 outside of the layer's steps: nothing is computed then.
  const acts = session.input(scope, stackInputNames.ipScale(layer.id), plain(1, 1, 1));
  const gate = imageGate(session, scope, site, layer);
  const attend = (values: Value) =>
    attention(own.at('attention', layer.id), query, key, values, { heads: site.heads, base: session.stack.base, acts }).out;
  // Without a mask the scale is the same for all queries: a few values are scaled in place of every result.
  if (!layer.hasMask) return attend(multiply(own.at('scaled', layer.id), value, gate));
  return multiply(own.at('scaled', layer.id), attend(value), gate);
}

/** Scale times site factor times mask: [1, 1, 1], or [1, S, 1] with a mask. */
export function imageGate(session: StackSession, scope: Scope, site: AttentionSite, layer: IpAdapterLayer): Value {
  const own = scope.at('processor', 'gate', layer.id);
  let gate = session.input(scope, stackInputNames.ipScale(layer.id), plain(1, 1, 1));
  const factor = siteFactor(layer, site.name);
  if (factor !== 1) gate = multiply(own, gate, scope.graph.constant(`${own.path}.factor`, plain(1, 1, 1), Float32Array.of(factor)));
  if (!layer.hasMask) return gate;
  const { height, width } = site.grid;
  const mask = session.input(scope, stackInputNames.ipMask(layer.id, gridName(site.grid)), tokens(1, height * width, 1));
  return multiply(own.at('mask'), mask, gate);
}
