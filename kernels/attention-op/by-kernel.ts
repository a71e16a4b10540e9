import { lowRankBias, causalBias, sumOfBiases } from '../attention/bias/score-bias.ts';
import { referenceDevice } from '../attention/device/device.ts';
import { isOpName } from '../attention/ops/dispatch.ts';
import { chunkedAttention } from '../attention/ops/materialised.ts';
import { AllocationMeter } from '../attention/ops/meter.ts';
import type { AttentionProblem, SlabRows } from '../attention/ops/problem.ts';
import { attentionOps } from '../attention/ops/table.ts';
import { tensor } from '../attention/strided/tensor.ts';
import { GraphError, type ValueType } from '../graph/graph.ts';
import { floatTensor, type Tensor } from '../tensor.ts';
import { attentionInputs, type AttentionAttributes } from './attributes.ts';

/** The node computed by the kernel that `base` names, with the memory behaviour of that kernel. Throws GraphError for an unknown name. */
export function attentionByKernel(
  inputs: readonly Tensor[],
  attributes: AttentionAttributes,
  outputs: readonly ValueType[],
  meter = new AllocationMeter(),
): Tensor[] {
  const { heads, base, chunk, scale, causal } = attributes;
  if (!isOpName(base)) throw new GraphError(`unknown attention kernel ${base}`);
  const { query, key, value, bias, groups } = attentionInputs(inputs, attributes);
  const [batch, queries, width] = query.shape as [number, number, number];
  const keys = key.shape[1]!;
  const headWidth = value.shape[2]! / heads;
  const groupCount = groups?.shape[2] ?? 0;
  const valueWidth = headWidth + groupCount;
  const wideValues = groups ? withGroups(value, groups, heads) : value;
  const result = floatTensor([batch, queries, heads * valueWidth]);
  const factors = bias && lowRankBias(factorReader(bias, attributes));
  const problem: AttentionProblem = {
    slabs: batch * heads,
    queries,
    keys,
    keyWidth: width / heads,
    valueWidth,
    query: headRows(query, heads),
    key: headRows(key, heads),
    value: headRows(wideValues, heads),
    output: headRows(result, heads),
    scale,
    bias: sumOfBiases([factors, causal ? causalBias(0) : undefined]),
  };
  if (base === 'chunked' && chunk > 0) chunkedAttention(problem, meter, chunk);
  else attentionOps[base].apply(problem, meter);
  return groups ? splitGroups(result, outputs, heads, headWidth) : [result];
}

/** Rows of each head of [B, L, H * W], without a copy. */
function headRows({ shape, data }: Tensor, heads: number): SlabRows {
  const [batch, length, width] = shape as [number, number, number];
  const source = tensor(shape, data, { device: referenceDevice });
  const starts = Array.from({ length: batch * heads }, (_, slab) => {
    return Math.floor(slab / heads) * length * width + (slab % heads) * (width / heads);
  });
  return { source, starts, rowStride: width };
}

function factorReader({ query, key }: { query: Tensor; key: Tensor }, { heads, bias }: AttentionAttributes) {
  const rank = key.shape[2]!;
  const perHead = bias === 'perHead';
  const rows = (from: Tensor, slab: number, row: number, head: number) => {
    const [batch, length, width] = from.shape as [number, number, number];
    const at = ((batch === 1 ? 0 : Math.floor(slab / heads)) * length + row) * width + head * rank;
    return (from.data as Float32Array).subarray(at, at + rank);
  };
  return {
    rank,
    query: (slab: number, row: number) => rows(query, slab, row, perHead ? slab % heads : 0),
    key: (slab: number, column: number) => rows(key, slab, column, 0),
  };
}

/** Values [B, T, H*V] with the groups as further channels of every head. */
function withGroups(value: Tensor, groups: Tensor, heads: number): Tensor {
  const [batch, keys, width] = value.shape as [number, number, number];
  const own = width / heads;
  const extra = groups.shape[2]!;
  const result = floatTensor([batch, keys, heads * (own + extra)]);
  for (let b = 0; b < batch; b++) {
    for (let t = 0; t < keys; t++) {
      const row = ((groups.shape[0] === 1 ? 0 : b) * keys + t) * extra;
      for (let h = 0; h < heads; h++) {
        const from = (b * keys + t) * width + h * own;
        const to = ((b * keys + t) * heads + h) * (own + extra);
        result.data.set((value.data as Float32Array).subarray(from, from + own), to);
        result.data.set((groups.data as Float32Array).subarray(row, row + extra), to + own);
      }
    }
  }
  return result;
}

/** The attention output, and the mean over heads of the group channels. */
function splitGroups(wide: Tensor, outputs: readonly ValueType[], heads: number, headWidth: number): Tensor[] {
  const out = floatTensor(outputs[0]!.shape);
  const mass = floatTensor(outputs[1]!.shape);
  const groups = mass.shape[2]!;
  const rows = out.shape[0]! * out.shape[1]!;
  for (let row = 0; row < rows; row++) {
    for (let h = 0; h < heads; h++) {
      const from = (row * heads + h) * (headWidth + groups);
      out.data.set((wide.data as Float32Array).subarray(from, from + headWidth), (row * heads + h) * headWidth);
      for (let g = 0; g < groups; g++) mass.data[row * groups + g]! += wide.data[from + headWidth + g]! / heads;
    }
  }
  return [out, mass];
}
