import type { Value } from '../graph/graph.ts';
import type { OnnxEmitter } from '../onnx/emitter.ts';
import { attentionInputs, type AttentionNode } from './attributes.ts';
import { emitAttention } from './onnx-kernels.ts';

/**
 * com.microsoft MultiHeadAttention, whose CPU kernel is a flash attention, or the kernel that `base` names. A low-rank bias rides in extra head channels
 * (q' = [q, u / scale], k' = [k, e]) and a read-out in extra value channels, so neither needs a score matrix.
 */
export function attentionOnnx(node: AttentionNode, emit: OnnxEmitter): void {
  const { acts } = attentionInputs(node.inputs, node.attributes);
  const [out, mass] = node.outputs as [Value, Value | undefined];
  if (acts) {
    emit.define(
      out,
      emit.unlessZero(emit.name(acts), out.shape, () => emitNode(node, emit).out),
    );
    return;
  }
  const names = emitNode(node, emit);
  emit.define(out, names.out);
  if (mass) emit.define(mass, names.mass!);
}

/** Names of what the node gives. */
interface Names {
  readonly out: string;
  readonly mass?: string;
}

function emitNode(node: AttentionNode, emit: OnnxEmitter): Names {
  const { heads, scale, causal } = node.attributes;
  const { query, key, value, bias, groups } = attentionInputs(node.inputs, node.attributes);
  let q = emit.name(query);
  let k = emit.name(key);
  let v = emit.name(value);
  if (bias) {
    const scaled = emit.node('Mul', [emit.name(bias.query), emit.floats([], [1 / scale])]);
    q = widenHeads(emit, q, query, heads, { name: scaled, value: bias.query, perHead: node.attributes.bias === 'perHead' });
    k = widenHeads(emit, k, key, heads, { name: emit.name(bias.key), value: bias.key, perHead: false });
  }
  if (groups) v = widenHeads(emit, v, value, heads, { name: emit.name(groups), value: groups, perHead: false });
  const [batch, queries, width] = query.shape as [number, number, number];
  const out = emitAttention(emit, node.attributes.base, {
    query: q,
    key: k,
    value: v,
    batch,
    queries,
    keys: key.shape[1]!,
    heads,
    keyWidth: width / heads + (bias?.key.shape[2] ?? 0),
    valueWidth: value.shape[2]! / heads + (groups?.shape[2] ?? 0),
    scale,
    causal,
    chunk: node.attributes.chunk,
  });
  return groups ? splitReadout(node, emit, out, groups.shape[2]!) : { out };
}

interface ExtraChannels {
  readonly name: string;
  readonly value: Value;
  readonly perHead: boolean;
}

/** Appends channels to every head of [B, L, H*D]: gives [B, L, H*(D + R)]. */
function widenHeads(emit: OnnxEmitter, name: string, type: Value, heads: number, extra: ExtraChannels): string {
  const [b, length, width] = type.shape as [number, number, number];
  const [extraBatch, , extraWidth] = extra.value.shape as [number, number, number];
  const channels = extra.perHead ? extraWidth / heads : extraWidth;
  const headed = emit.reshape(name, [b, length, heads, width / heads]);
  const narrow = emit.reshape(extra.name, [extraBatch, length, extra.perHead ? heads : 1, channels]);
  const full = [b, length, heads, channels];
  const spread = emit.node('Expand', [narrow, emit.integers(full)]);
  const wide = emit.node('Concat', [headed, spread], { attributes: { axis: 3 } });
  return emit.reshape(wide, [b, length, width + heads * channels]);
}

/** Parts [B, S, H*(V + G)] into the attention output and the mean over heads of the last G channels. */
function splitReadout(node: AttentionNode, emit: OnnxEmitter, out: string, groups: number): Names {
  const { heads } = node.attributes;
  const result = node.outputs[0]!;
  const [b, s, width] = result.shape as [number, number, number];
  const headed = emit.reshape(out, [b, s, heads, width / heads + groups]);
  const parts = emit.nodes('Split', [headed, emit.integers([width / heads, groups])], { attributes: { axis: 3 }, outputs: 2 });
  const mass = emit.node('ReduceMean', [parts[1]!, emit.integers([2])], { attributes: { keepdims: 0 } });
  return { out: emit.reshape(parts[0]!, result.shape), mass };
}
