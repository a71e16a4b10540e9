import type { Device } from '../device/device.ts';
import { capabilityReasons, scoreLimitReasons, type Capabilities } from './capabilities.ts';
import { adaptiveChunkSize } from './chunk-size.ts';
import { keyPartialsAttention } from './key-partials.ts';
import { chunkedAttention, mathAttention, slicedAttention } from './materialised.ts';
import { onlineAttention, type OnlineOptions } from './online.ts';
import { problemSize, type OpInputs, type ProblemSize } from './inputs.ts';
import type { AttentionOp, OpName } from './op.ts';

const everyBias = ['none', 'dense', 'causal', 'causalFromBottomRight', 'causalWithDense', 'blockDiagonal', 'lowRank'] as const;
const matrixFeature = 'chromium-experimental-subgroup-matrix';

const general: Capabilities = {
  backends: ['reference', 'onnx', 'webgpu'],
  dtypes: ['f32', 'f16'],
  biasForms: everyBias,
  maxWidth: 65536,
  dropout: true,
  valueWidthMayDiffer: true,
};

/** WGSL kernels have no random numbers and keep a part of a head's row in registers. */
const kernel: Capabilities = { ...general, backends: ['reference', 'webgpu'], maxWidth: 512, dropout: false };

const blockRows = 64;
const flashBlock: OnlineOptions = { rows: blockRows, columns: 32 };

function materialised(name: OpName, apply: AttentionOp['apply'], scores: (size: ProblemSize) => number): AttentionOp {
  const scoreBytes = (size: ProblemSize) => scores(size) * 4;
  return {
    name,
    apply,
    scoreBytes,
    notSupportedReasons: (inputs, device) => [
      ...capabilityReasons(withReferenceTypes(general, device), inputs, device),
      ...scoreLimitReasons(scoreBytes(problemSize(inputs)), device),
    ],
  };
}

function online(name: OpName, capabilities: Capabilities, block: OnlineOptions, more?: AttentionOp['notSupportedReasons']): AttentionOp {
  return {
    name,
    apply: (problem, meter) => onlineAttention(problem, meter, block),
    scoreBytes: () => block.rows * block.columns * 4,
    notSupportedReasons: (inputs, device) => [
      ...capabilityReasons(withReferenceTypes(capabilities, device), inputs, device),
      ...(more?.(inputs, device) ?? []),
    ],
  };
}

/** Widest head row that WGSL kernels take in one go; for wider ones they compute the scores once for each part of the values. */
export const wideHead = 256;

function wideHeads({ query, value }: OpInputs, device: Device): string[] {
  const width = Math.max(query.shape.at(-1)!, value.shape.at(-1)!);
  return device.backend === 'webgpu' && width > wideHead
    ? [`heads of ${width} would compute the scores several times (from ${wideHead} on)`]
    : [];
}

/** The interpreter computes in f64 whatever the storage and can drop weights, so it serves bf16 and dropout too. */
function withReferenceTypes(capabilities: Capabilities, device: Device): Capabilities {
  if (device.backend !== 'reference') return capabilities;
  return { ...capabilities, dtypes: ['f32', 'f16', 'bf16'], maxWidth: general.maxWidth, dropout: true };
}

function chunkOf(size: ProblemSize): number {
  return Math.min(size.queries, adaptiveChunkSize(size));
}

/** Rows of a matrix step are read eight channels at a time. */
function eightChannels({ query, value }: OpInputs): string[] {
  const reasons: string[] = [];
  if (query.shape.at(-1)! % 8 !== 0) reasons.push('query.shape[-1] % 8 != 0');
  if (value.shape.at(-1)! % 8 !== 0) reasons.push('value.shape[-1] % 8 != 0');
  return reasons;
}

function matrixReasons(size: 8 | 16) {
  return (inputs: OpInputs, device: Device): string[] => {
    const has = device.matrixConfigs.some(
      ({ M, N, componentType }) => M === size && N === size && componentType !== 'u8' && componentType !== 'i8',
    );
    const missing = device.backend === 'webgpu' && !has ? [`requires a ${size}x${size} subgroup matrix of f32 or f16`] : [];
    return [...missing, ...eightChannels(inputs)];
  };
}

/** ONNX Runtime's kernels take causal masks from the top left only for as many queries as keys. */
function squareCausal({ query, key, bias }: OpInputs): string[] {
  const isCausal = bias.form === 'causal' || bias.form === 'causalWithDense';
  return isCausal && query.shape[1] !== key.shape[1] ? ['Only support LowerTriangularMask if equal number of keys and queries'] : [];
}

const onnx: Capabilities = { ...general, backends: ['onnx'], classes: ['cpu'], dtypes: ['f32'], dropout: false };
const cuda: Capabilities = { ...onnx, classes: ['cuda'], dtypes: ['f16'], valueWidthMayDiffer: false };
const allButBottomRight = everyBias.filter((form) => form !== 'causalFromBottomRight');

/** Bytes of dense bias that ONNX Runtime's MultiHeadAttention may expand to [batch, heads, queries, keys] before chunks pay. */
const denseBiasBudget = 2 ** 28;

function smallBias(inputs: OpInputs): string[] {
  const { slabs, queries, keys } = problemSize(inputs);
  const bytes = inputs.bias.tensor ? slabs * queries * keys * 4 : 0;
  return bytes > denseBiasBudget ? [`attn_bias of ${bytes} bytes once expanded (at most ${denseBiasBudget} without chunks)`] : [];
}

/** Keys of one side of a block: a quarter, as the sixteen blocks of blocked attention. */
const parts = 4;

/** Every base op: what it can do, and its algorithm. */
export const attentionOps: Readonly<Record<OpName, AttentionOp>> = {
  math: materialised('math', mathAttention, ({ slabs, queries, keys }) => slabs * queries * keys),
  sliced: materialised(
    'sliced',
    (problem, meter) => slicedAttention(problem, meter),
    ({ queries, keys }) => queries * keys,
  ),
  chunked: materialised(
    'chunked',
    (problem, meter) => chunkedAttention(problem, meter, chunkOf(problem)),
    (size) => size.slabs * chunkOf(size) * size.keys,
  ),
  blocked: {
    name: 'blocked',
    apply: (problem, meter) =>
      onlineAttention(problem, meter, { rows: Math.ceil(problem.queries / parts) || 1, columns: Math.ceil(problem.keys / parts) || 1 }),
    scoreBytes: ({ queries, keys }) => Math.ceil(queries / parts) * Math.ceil(keys / parts) * 4,
    notSupportedReasons: (inputs, device) => capabilityReasons(withReferenceTypes(general, device), inputs, device),
  },
  flash: { ...online('flash', kernel, flashBlock), avoidedReasons: wideHeads },
  'memory-efficient': {
    name: 'memory-efficient',
    apply: (problem, meter) => keyPartialsAttention(problem, meter),
    scoreBytes: ({ keys }) => blockRows * Math.max(64, Math.ceil(Math.sqrt(keys))) * 4,
    avoidedReasons: wideHeads,
    notSupportedReasons: (inputs, device) => capabilityReasons(withReferenceTypes(kernel, device), inputs, device),
  },
  'subgroup-matrix-flash': online(
    'subgroup-matrix-flash',
    { ...kernel, classes: ['apple', 'cpu'], features: ['subgroups', matrixFeature], maxWidth: 160 },
    { rows: 32, columns: 32, slack: 8 },
    matrixReasons(8),
  ),
  'cooperative-matrix-flash': online(
    'cooperative-matrix-flash',
    { ...kernel, classes: ['nvidia', 'amd', 'intel', 'cpu'], features: ['subgroups', matrixFeature, 'shader-f16'], maxWidth: 160 },
    { rows: 64, columns: 32, slack: 8 },
    matrixReasons(16),
  ),
  'onnx-mha': online('onnx-mha', { ...onnx, biasForms: allButBottomRight }, flashBlock, (inputs) => [
    ...squareCausal(inputs),
    ...smallBias(inputs),
  ]),
  'onnx-mha-chunked': online('onnx-mha-chunked', onnx, flashBlock),
  'onnx-cuda-flash': online(
    'onnx-cuda-flash',
    { ...cuda, maxWidth: 256, biasForms: ['none', 'causal', 'lowRank'], minComputeCapability: [8, 0] },
    flashBlock,
    squareCausal,
  ),
  'onnx-cuda-cutlass': online(
    'onnx-cuda-cutlass',
    { ...cuda, dtypes: ['f32', 'f16'], maxWidth: 1024, valueWidthMayDiffer: true },
    flashBlock,
  ),
};
