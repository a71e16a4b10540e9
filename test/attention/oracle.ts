import type { AttentionLayer, AttentionSite, IpAdapterLayer, RegionalLayer } from '../../kernels/attention/stack/layers.ts';
import { layerMasks, numbers, toy, toyTensor } from './toy.ts';

/** Row-major matrix in f64. */
interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
}

function matrix(rows: number, columns: number, data: ArrayLike<number>): Matrix {
  return { rows, columns, data: Float64Array.from(data) };
}

/** x W^T with the weight of that name, [outFeatures, x.columns]. */
function linear(x: Matrix, name: string, outFeatures: number, bias?: string): Matrix {
  const weight = numbers(name, outFeatures * x.columns);
  const offset = bias === undefined ? undefined : numbers(bias, outFeatures);
  const data = new Float64Array(x.rows * outFeatures);
  for (let r = 0; r < x.rows; r++) {
    for (let o = 0; o < outFeatures; o++) {
      let sum = offset?.[o] ?? 0;
      for (let i = 0; i < x.columns; i++) sum += x.data[r * x.columns + i]! * weight[o * x.columns + i]!;
      data[r * outFeatures + o] = sum;
    }
  }
  return { rows: x.rows, columns: outFeatures, data };
}

/** Mask value at a cell of the grid, straight from the pixels under it (the grid is half the latent, rounded up). */
function maskValue(id: string, query: number): number {
  const { mask, isSoft } = layerMasks().get(id)!;
  const y = Math.floor(query / toy.grid.width) * 2;
  const x = (query % toy.grid.width) * 2;
  const cells = [0, 1]
    .flatMap((dy) => [0, 1].map((dx) => [y + dy, x + dx] as const))
    .filter(([cy, cx]) => cy < mask.height && cx < mask.width);
  const values = cells.map(([cy, cx]) => mask.data[cy * mask.width + cx]!);
  if (isSoft) return values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.some((value) => value > 0.5) ? 1 : 0;
}

function attend(
  q: Matrix,
  k: Matrix,
  v: Matrix,
  bias: (query: number, key: number, head: number) => number,
): { out: Matrix; weights: number[][][] } {
  const size = q.columns / toy.heads;
  const out = new Float64Array(q.rows * q.columns);
  const weights: number[][][] = [];
  for (let h = 0; h < toy.heads; h++) {
    const rows: number[][] = [];
    for (let i = 0; i < q.rows; i++) {
      const scores = Array.from({ length: k.rows }, (_, j) => {
        let dot = 0;
        for (let d = 0; d < size; d++) dot += q.data[i * q.columns + h * size + d]! * k.data[j * k.columns + h * size + d]!;
        return dot / Math.sqrt(size) + bias(i, j, h);
      });
      const top = Math.max(...scores);
      const exps = scores.map((score) => Math.exp(score - top));
      const total = exps.reduce((sum, value) => sum + value, 0);
      rows.push(exps.map((value) => value / total));
      for (let d = 0; d < size; d++) {
        let sum = 0;
        for (let j = 0; j < k.rows; j++) sum += (exps[j]! / total) * v.data[j * v.columns + h * size + d]!;
        out[i * q.columns + h * size + d] = sum;
      }
    }
    weights.push(rows);
  }
  return { out: { rows: q.rows, columns: q.columns, data: out }, weights };
}

export interface OracleResult {
  readonly out: Float64Array;
  /** [B, S, G] in the order: unclaimed tokens, layers by id within regional and then ipAdapter. */
  readonly mass: Float64Array;
}

const regional = (layers: readonly AttentionLayer[]) =>
  layers.filter((layer): layer is RegionalLayer => layer.kind === 'regional').toSorted((a, b) => (a.id < b.id ? -1 : 1));
const references = (layers: readonly AttentionLayer[]) =>
  layers.filter((layer): layer is IpAdapterLayer => layer.kind === 'ipAdapter').toSorted((a, b) => (a.id < b.id ? -1 : 1));

/** The stack's result computed from its definition, dense and in f64, sharing no code with the implementation. */
export function oracle(layers: readonly AttentionLayer[], site: AttentionSite): OracleResult {
  const queries = toy.grid.height * toy.grid.width;
  const groups = ['rest', ...regional(layers).map(({ id }) => id), ...references(layers).map(({ id }) => id)];
  const out = new Float64Array(toy.batch * queries * toy.width);
  const mass = new Float64Array(toy.batch * queries * groups.length);
  for (let row = 0; row < toy.batch; row++) {
    const result = site.kind === 'cross' ? crossRow(layers, site, row, groups) : selfRow(layers, site, row);
    const projected = linear(result.out, `${site.name}.to_out.0.weight`, toy.width, `${site.name}.to_out.0.bias`);
    out.set(projected.data, row * queries * toy.width);
    if (result.mass) mass.set(result.mass, row * queries * groups.length);
  }
  return { out, mass };
}

function rowOf(name: string, row: number, length: number, width: number): Matrix {
  const { data } = toyTensor(name, toy.batch, length, width);
  return matrix(length, width, data.subarray(row * length * width, (row + 1) * length * width));
}

function crossRow(layers: readonly AttentionLayer[], site: AttentionSite, row: number, groups: readonly string[]) {
  const queries = toy.grid.height * toy.grid.width;
  const q = linear(rowOf('hidden', row, queries, toy.width), `${site.name}.to_q.weight`, toy.width);
  const context = rowOf('context', row, toy.tokens, toy.contextWidth);
  const k = linear(context, `${site.name}.to_k.weight`, toy.width);
  const v = linear(context, `${site.name}.to_v.weight`, toy.width);
  const prompts = regional(layers).filter(({ rows }) => rows.includes(row));
  const length = layers.some(({ kind }) => kind === 'padding') ? toy.lengths[row]! : toy.tokens;
  const owner = (key: number) => prompts.find(({ start, end }) => key >= start && key < end);
  const weightOf = (prompt: RegionalLayer, query: number) => (prompt.hasMask ? maskValue(prompt.id, query) : 1) * prompt.strength;
  const bias = (query: number, key: number): number => {
    if (key >= length) return -10000;
    const prompt = owner(key);
    if (!prompt) return 0;
    const weight = prompt.isolate ? 0 : weightOf(prompt, query);
    return weight > 0 ? Math.log(weight) : -10000;
  };
  const joint = attend(q, k, v, bias);

  const isolated = prompts.filter(({ isolate }) => isolate);
  const result = joint.out.data;
  const mass = new Float64Array(queries * groups.length);
  const shares = Array.from({ length: queries }, (_, query) => {
    const gates = isolated.map(({ id }) => maskValue(id, query));
    const total = gates.reduce((sum, gate) => sum + gate, 0);
    return { gates: gates.map((gate) => (total > 1 ? gate / total : gate)), joint: Math.max(0, 1 - total) };
  });
  for (let query = 0; query < queries; query++) {
    for (let key = 0; key < toy.tokens; key++) {
      const group = groups.indexOf(owner(key)?.id ?? 'rest');
      for (let h = 0; h < toy.heads; h++)
        mass[query * groups.length + group]! += (joint.weights[h]![query]![key]! * shares[query]!.joint) / toy.heads;
    }
    for (let d = 0; d < toy.width; d++) result[query * toy.width + d]! *= shares[query]!.joint;
  }
  isolated.forEach(({ id, start, end }, index) => {
    const part = (from: Matrix) => matrix(end - start, from.columns, from.data.subarray(start * from.columns, end * from.columns));
    const own = attend(q, part(k), part(v), () => 0).out;
    for (let query = 0; query < queries; query++) {
      const gate = shares[query]!.gates[index]!;
      mass[query * groups.length + groups.indexOf(id)]! += gate;
      for (let d = 0; d < toy.width; d++) result[query * toy.width + d]! += gate * own.data[query * toy.width + d]!;
    }
  });

  for (const layer of references(layers)) {
    const picture = rowOf(layer.id, row, layer.tokens, layer.width);
    const keys = linear(picture, `${site.name}.processor.to_k_ip.${layer.id}.weight`, toy.width);
    const values = linear(picture, `${site.name}.processor.to_v_ip.${layer.id}.weight`, toy.width);
    const own = attend(q, keys, values, () => 0).out;
    for (let query = 0; query < queries; query++) {
      const gate = layer.scale * (layer.hasMask ? maskValue(layer.id, query) : 1);
      mass[query * groups.length + groups.indexOf(layer.id)]! += gate;
      for (let d = 0; d < toy.width; d++) result[query * toy.width + d]! += gate * own.data[query * toy.width + d]!;
    }
  }
  return { out: joint.out, mass };
}

function selfRow(layers: readonly AttentionLayer[], site: AttentionSite, row: number): { out: Matrix; mass?: Float64Array } {
  const { height, width } = toy.grid;
  const hidden = rowOf('hidden', row, height * width, toy.width);
  const [q, k, v] = ['to_q', 'to_k', 'to_v'].map((name) => linear(hidden, `${site.name}.${name}.weight`, toy.width)) as [
    Matrix,
    Matrix,
    Matrix,
  ];
  if (layers.some((layer) => layer.kind === 'perturbed' && layer.rows.includes(row))) return { out: v };
  const positions = layers.find((layer) => layer.kind === 'relativePosition');
  const isCausal = layers.some(({ kind }) => kind === 'causal');
  const size = toy.width / toy.heads;
  const dot = (query: number, head: number, vector: readonly number[]) =>
    vector.reduce((sum, value, d) => sum + value * q.data[query * toy.width + head * size + d]!, 0);
  const bias = (query: number, key: number, head: number): number => {
    if (isCausal && key > query) return -Infinity;
    if (!positions) return 0;
    const vertical = Math.floor(query / width) - Math.floor(key / width) + height - 1;
    const horizontal = (query % width) - (key % width) + width - 1;
    const [tableHeight, tableWidth] = positions.tableRows;
    const up = dot(query, head, embedding(`${site.name}.rel_pos_h`, tableHeight, 2 * height - 1, vertical, size));
    return up + dot(query, head, embedding(`${site.name}.rel_pos_w`, tableWidth, 2 * width - 1, horizontal, size));
  };
  return { out: attend(q, k, v, bias).out };
}

/** Row `index` of a table stretched from `rows` to `wanted` rows. */
function embedding(name: string, rows: number, wanted: number, index: number, channels: number): number[] {
  const table = numbers(name, rows * channels);
  const position = Math.max(0, ((index + 0.5) * rows) / wanted - 0.5);
  const low = Math.min(rows - 1, Math.floor(position));
  const high = Math.min(rows - 1, low + 1);
  const share = rows === wanted ? 0 : position - low;
  const at = rows === wanted ? index : low;
  return Array.from({ length: channels }, (_, c) => table[at * channels + c]! * (1 - share) + table[high * channels + c]! * share);
}
