import { concat } from '../../concat/op.ts';
import type { Scope } from '../../graph/builder.ts';
import type { Value } from '../../graph/graph.ts';
import { reshape } from '../../reshape/op.ts';

/** Factors of a bias of low rank: query [1|B, S, R] (perHead [1|B, S, H*R]) and key [1|B, T, R]. */
export interface BiasFactors {
  readonly query: Value;
  readonly key: Value;
  readonly perHead: boolean;
}

/** Several biases as one: their factors side by side. Shared factors are repeated for each head where another is per head. */
export function joinFactors(scope: Scope, factors: readonly BiasFactors[], heads: number): BiasFactors | undefined {
  const [first] = factors;
  if (!first || factors.length === 1) return first;
  const key = concat(scope.at('bias', 'key'), factors.map((factor) => factor.key), 2); // prettier-ignore
  if (factors.every(({ perHead }) => !perHead)) {
    return { query: concat(scope.at('bias', 'query'), factors.map((factor) => factor.query), 2), key, perHead: false }; // prettier-ignore
  }
  const headed = factors.map((factor) => headedQuery(scope, factor, heads));
  const joined = concat(scope.at('bias', 'query'), headed, 3);
  const [batch, rows, , rank] = joined.shape as [number, number, number, number];
  return { query: reshape(scope.at('bias'), joined, [batch, rows, heads * rank], 'tokens'), key, perHead: true };
}

/** [B, S, H, R] */
function headedQuery(scope: Scope, { query, perHead }: BiasFactors, heads: number): Value {
  const [batch, rows, width] = query.shape as [number, number, number];
  if (perHead) return reshape(scope.at('bias'), query, [batch, rows, heads, width / heads], 'plain');
  const one = reshape(scope.at('bias'), query, [batch, rows, 1, width], 'plain');
  return concat(scope.at('bias', 'heads'), new Array<Value>(heads).fill(one), 2);
}
