import { concat } from '../../concat/op.ts';
import type { Scope } from '../../graph/builder.ts';
import { tokens, plain, type Value } from '../../graph/graph.ts';
import { linearOperation } from '../../linear/op.ts';
import { reshape } from '../../reshape/op.ts';
import { slice } from '../../slice/op.ts';
import { interpolationMatrix } from '../sam/rel-pos.ts';
import type { BiasFactors } from './bias.ts';
import type { AttentionSite, RelativePositionLayer } from './layers.ts';

/**
 * Decomposed relative positions as a bias of rank height + width: the factors are the unscaled query times the embeddings of its row
 * and of its column, and one-hots of the key's row and column.
 * @param query [B, S, H*C]
 */
export function relativePositionBias(scope: Scope, site: AttentionSite, layer: RelativePositionLayer, query: Value): BiasFactors {
  const { height, width } = site.grid;
  const [batch, rows, features] = query.shape as [number, number, number];
  const channels = features / site.heads;
  const perHead = reshape(scope.at('rel_pos'), query, [batch, rows * site.heads, channels], 'tokens');

  const vertical = products(scope, 'rel_pos_h', perHead, { rows: layer.tableRows[0], channels, size: height });
  const byRow = reshape(scope.at('rel_pos_h'), vertical, [batch, height, width * site.heads, 2 * height - 1], 'plain');
  const rowTerms = shiftedColumns(scope.at('rel_pos_h'), byRow, 1, height);

  const horizontal = products(scope, 'rel_pos_w', perHead, { rows: layer.tableRows[1], channels, size: width });
  const byColumn = reshape(scope.at('rel_pos_w'), horizontal, [batch * height, width, site.heads, 2 * width - 1], 'plain');
  const columnTerms = shiftedColumns(scope.at('rel_pos_w'), byColumn, 1, width);

  const parts = [rowTerms, columnTerms].map((terms, axis) =>
    reshape(scope.at('rel_pos'), terms, [batch, rows, site.heads, axis === 0 ? height : width], 'plain'),
  );
  const joined = concat(scope.at('rel_pos'), parts, 3);
  const rank = height + width;
  return {
    query: reshape(scope.at('rel_pos', 'query'), joined, [batch, rows, site.heads * rank], 'tokens'),
    key: scope.graph.constant(`${scope.path}.rel_pos.key`, tokens(1, rows, rank), keyOneHots(height, width)),
    perHead: true,
  };
}

interface Table {
  readonly rows: number;
  readonly channels: number;
  readonly size: number;
}

/** Each query times every row of the table, [..., 2 * size - 1]; resizing the table and resizing the products is the same thing. */
function products(scope: Scope, name: string, query: Value, { rows, channels, size }: Table): Value {
  const table = scope.weight(name, [rows, channels]);
  const all = scope.node(linearOperation, [query, table], {}, name);
  const needed = 2 * size - 1;
  if (rows === needed) return all;
  const matrix = scope.graph.constant(`${scope.path}.${name}.resize`, plain(needed, rows), interpolationMatrix(rows, needed));
  return scope.node(linearOperation, [all, matrix], {}, `${name}.resize`);
}

/** For position p along `axis` the columns [p, p + size): entry j belongs to the key at size - 1 - j, since row p - k + size - 1 of the table is k's. */
function shiftedColumns(scope: Scope, x: Value, axis: number, size: number): Value {
  const parts = Array.from({ length: size }, (_, position) =>
    slice(scope, slice(scope, x, axis, position, position + 1), 3, position, position + size),
  );
  return concat(scope, parts, axis);
}

/** [1, height * width, height + width]: ones at the key's row and column, counted from the end. */
function keyOneHots(height: number, width: number): Float32Array {
  const rank = height + width;
  const ones = new Float32Array(height * width * rank);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      ones[(y * width + x) * rank + height - 1 - y] = 1;
      ones[(y * width + x) * rank + height + width - 1 - x] = 1;
    }
  }
  return ones;
}
