import { add, multiply } from '../../kernels/binary/op.ts';
import { attention, type AttentionOptions } from '../../kernels/attention-op/op.ts';
import { plain, tokens } from '../../kernels/graph/graph.ts';
import { graphCase, type GraphCase } from './case.ts';

interface AttentionCase {
  readonly batch?: number;
  readonly heads?: number;
  readonly queries: number;
  readonly keys: number;
  readonly size: number;
  readonly valueSize?: number;
  readonly bias?: 'shared' | 'perHead';
  readonly rank?: number;
  readonly groups?: number;
  /** Whether bias and groups are given for each sample. */
  readonly batched?: boolean;
  readonly options?: Partial<AttentionOptions>;
}

function attentionCase(spec: AttentionCase): GraphCase {
  const { batch = 1, heads = 1, queries, keys, size, valueSize = size, bias, rank = 3, groups = 0, batched = false, options = {} } = spec;
  return graphCase(
    `attention ${JSON.stringify(spec)}`,
    (scope, graph) => {
      const q = graph.input('q', tokens(batch, queries, heads * size));
      const k = graph.input('k', tokens(batch, keys, heads * size));
      const v = graph.input('v', tokens(batch, keys, heads * valueSize));
      const rows = batched ? batch : 1;
      const factors = bias && {
        query: graph.input('u', tokens(rows, queries, rank * (bias === 'perHead' ? heads : 1))),
        key: graph.input('e', tokens(rows, keys, rank)),
        perHead: bias === 'perHead',
      };
      const readout = groups > 0 ? graph.input('groups', tokens(rows, keys, groups)) : undefined;
      const { out, mass } = attention(scope, q, k, v, {
        heads,
        ...(factors && { bias: factors }),
        ...(readout && { readout }),
        ...options,
      });
      return mass ? { out, mass } : { out };
    },
    { limits: { q: 3, k: 3, u: 4 }, tolerance: 5e-6 },
  );
}

const specs: readonly AttentionCase[] = [
  { queries: 1, keys: 1, size: 1 },
  { queries: 5, keys: 7, size: 3 },
  { batch: 2, heads: 2, queries: 67, keys: 35, size: 8 },
  { heads: 3, queries: 9, keys: 77, size: 10 },
  { heads: 2, queries: 65, keys: 33, size: 16 },
  { heads: 2, queries: 12, keys: 40, size: 40 },
  { queries: 7, keys: 34, size: 64 },
  { queries: 5, keys: 9, size: 80 },
  { queries: 3, keys: 11, size: 160 },
  { queries: 6, keys: 5, size: 200 },
  { queries: 3, keys: 4, size: 512 },
  { queries: 9, keys: 13, size: 8, valueSize: 20 },
  { batch: 2, heads: 2, queries: 37, keys: 37, size: 8, options: { causal: true } },
  { heads: 2, queries: 70, keys: 70, size: 5, options: { causal: true, scale: 1 } },
  { batch: 2, heads: 2, queries: 19, keys: 21, size: 8, bias: 'shared', rank: 3 },
  { batch: 2, heads: 2, queries: 19, keys: 21, size: 7, bias: 'shared', rank: 5, batched: true },
  { batch: 2, heads: 3, queries: 19, keys: 21, size: 8, bias: 'perHead', rank: 4 },
  { batch: 2, heads: 2, queries: 11, keys: 13, size: 8, groups: 3 },
  { batch: 2, heads: 2, queries: 11, keys: 37, size: 10, groups: 5, batched: true },
  { batch: 2, heads: 2, queries: 68, keys: 37, size: 8, groups: 2, bias: 'perHead', rank: 2, batched: true },
];

interface Accumulation {
  readonly gate: readonly [number, number, number];
  readonly size: number;
  readonly base?: string;
  /** What the switch of the second attention says; it has none unless stated. */
  readonly acts?: 0 | 1;
}

/** Attention over a second set of keys, weighted and added to the first: what reference pictures and isolated regions are. */
function accumulationCase(spec: Accumulation): GraphCase {
  const { gate: gateShape, size, base = 'auto', acts } = spec;
  const [batch, heads, queries] = [2, 2, 37];
  return graphCase(
    `accumulation ${JSON.stringify(spec)}`,
    (scope, graph) => {
      const q = graph.input('q', tokens(batch, queries, heads * size));
      const over = (own: string, keys: number, options: Partial<AttentionOptions> = {}) => {
        const k = graph.input(`k.${own}`, tokens(batch, keys, heads * size));
        const v = graph.input(`v.${own}`, tokens(batch, keys, heads * size));
        return attention(scope.at(own), q, k, v, { heads, base, chunk: base === 'chunked' ? 16 : 0, ...options }).out;
      };
      const gate = acts === 0 ? graph.constant('none', plain(1, 1, 1), Float32Array.of(0)) : graph.input('gate', tokens(...gateShape));
      const isOn = acts === undefined ? undefined : graph.constant('switch', plain(1, 1, 1), Float32Array.of(acts));
      return { y: add(scope, over('text', 19), multiply(scope, over('picture', 5, isOn && { acts: isOn }), gate)) };
    },
    { limits: { q: 3 }, tolerance: 5e-6 },
  );
}

export const accumulationCases: readonly GraphCase[] = [
  accumulationCase({ gate: [1, 1, 1], size: 8 }),
  accumulationCase({ gate: [1, 37, 1], size: 40, acts: 1 }),
  accumulationCase({ gate: [1, 1, 1], size: 8, acts: 0 }),
  accumulationCase({ gate: [1, 37, 1], size: 5 }),
  accumulationCase({ gate: [2, 1, 1], size: 8, base: 'chunked', acts: 1 }),
  accumulationCase({ gate: [2, 37, 1], size: 10, base: 'chunked' }),
];

/** Each of them by the kernel the device chooses and in chunks; wide heads also by the flash kernel that no device would choose. */
export const attentionCases: readonly GraphCase[] = specs.flatMap((spec) => {
  const bases: Partial<AttentionOptions>[] = [{}, { base: 'chunked', chunk: 8 }];
  if (spec.size > 160) bases.push({ base: 'flash' });
  if (spec.size === 10) bases.push({ base: 'math' });
  return bases.map((options) => attentionCase({ ...spec, options: { ...spec.options, ...options } }));
});
