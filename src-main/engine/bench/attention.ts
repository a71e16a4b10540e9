import { freemem } from 'node:os';
import type { BenchLine } from '../../contract/reports.ts';
import type { AttentionCase } from './attention-case.ts';
import type { RunTime } from './attention-run.ts';
import { CaseProcess } from './case-process.ts';

export interface AttentionBenchOptions {
  /** Threads of one operator. */
  readonly threads?: number;
  /** How long the cases of one size are run in turn, after one run of each that is not timed. */
  readonly secondsPerSize?: number;
  /** Awaited between runs; throws when the bench is to stop. */
  readonly checkpoint?: () => Promise<void>;
}

type SelfCase = Extract<AttentionCase, { kind: 'attention' }>;

/** Share of the free memory that the cases of one size may take together; the largest are left out and said so. */
const memoryShare = 0.6;

const leastRounds = 3;
const mostRounds = 100;

/** Self-attention at SD1.5's sizes: 512 x 512 level by level, and the first level of 1024 x 1024. */
const sizes = [
  { queries: 1024, headSize: 80, batch: 2 },
  { queries: 4096, headSize: 40, batch: 2 },
  { queries: 16384, headSize: 40, batch: 1 },
] as const;

const ops: readonly Pick<SelfCase, 'base' | 'chunk'>[] = [
  { base: 'math', chunk: 0 },
  { base: 'sliced', chunk: 0 },
  { base: 'chunked', chunk: 512 },
  { base: 'chunked', chunk: 2048 },
  { base: 'chunked', chunk: 8192 },
  { base: 'blocked', chunk: 0 },
  { base: 'onnx-mha-chunked', chunk: 512 },
  { base: 'onnx-mha', chunk: 0 },
];

const stacks: readonly AttentionCase[] = [
  { kind: 'transformer', name: 'no layers', references: 0, regions: 0 },
  { kind: 'transformer', name: 'IP-Adapter of 4 tokens', references: 1, regions: 0 },
  { kind: 'transformer', name: 'four regional prompts', references: 0, regions: 4 },
  { kind: 'transformer', name: 'two IP-Adapters and four regions', references: 2, regions: 4 },
];

/**
 * Time and peak memory of every attention kernel on ONNX Runtime, as ratios to the plain form, then of a whole transformer block of SD1.5
 * with adapters, as ratios to none. Each case has a process of its own, so that no case inherits another's memory, and the processes take
 * turns, so that a busy moment of the computer falls on all of them.
 */
export async function benchAttention(emit: (line: BenchLine) => void, options: AttentionBenchOptions = {}): Promise<void> {
  for (const size of sizes) {
    const cases = ops.map((op): SelfCase => ({ kind: 'attention', heads: 8, keys: size.queries, ...size, ...op, name: nameOf(size, op) }));
    await compare(cases, cases[0]!, 'math', emit, options);
  }
  const named = stacks.map((bench) => ({ ...bench, name: `transformer S=4096, ${bench.name}` }));
  await compare(named, named[0]!, 'no layers', emit, options);
}

function nameOf({ queries }: { queries: number }, { base, chunk }: Pick<SelfCase, 'base' | 'chunk'>): string {
  return `attention S=${queries}, ${base}${chunk > 0 ? ` ${chunk}` : ''}`;
}

async function compare(
  cases: readonly AttentionCase[],
  baseline: AttentionCase,
  baselineName: string,
  emit: (line: BenchLine) => void,
  { threads = 2, secondsPerSize = 20, checkpoint = () => Promise.resolve() }: AttentionBenchOptions,
): Promise<void> {
  const { fitting, tooLarge } = fitMemory(cases);
  for (const bench of tooLarge) {
    emit({ name: bench.name, value: scoreBytes(bench), unit: 'bytes', note: 'not run: its scores alone would take this much' });
  }
  await using processes = new AsyncDisposableStack();
  const measured: Measured[] = [];
  for (const bench of fitting) {
    await checkpoint();
    const process = processes.use(await CaseProcess.start(bench, threads));
    measured.push({ bench, process, times: [] });
  }
  const end = performance.now() + secondsPerSize * 1000;
  for (let round = 0; round < leastRounds || (performance.now() < end && round < mostRounds); round++) {
    for (const { process, times } of measured) {
      await checkpoint();
      times.push(await process.run());
    }
  }
  const base = measured.find(({ bench }) => bench === baseline);
  for (const result of measured) emitCase(result, result === base ? undefined : base, baselineName, emit);
}

interface Measured {
  readonly bench: AttentionCase;
  readonly process: CaseProcess;
  readonly times: RunTime[];
}

/** Leaves out the largest cases until the others fit side by side. */
function fitMemory(cases: readonly AttentionCase[]): { fitting: AttentionCase[]; tooLarge: AttentionCase[] } {
  const limit = freemem() * memoryShare;
  const bySize = cases.toSorted((a, b) => scoreBytes(a) - scoreBytes(b));
  let total = 0;
  const fits = new Set(bySize.filter((bench) => (total += scoreBytes(bench)) <= limit));
  return { fitting: cases.filter((bench) => fits.has(bench)), tooLarge: cases.filter((bench) => !fits.has(bench)) };
}

function emitCase(
  { bench, process, times }: Measured,
  base: Measured | undefined,
  baseName: string,
  emit: (line: BenchLine) => void,
): void {
  const { wall, cpu } = best(times);
  const middle = times.map(({ wallMs }) => wallMs).toSorted((a, b) => a - b)[Math.floor(times.length / 2)]!;
  emit({ name: `${bench.name}: time`, value: wall, unit: 'ms', note: `median ${middle.toFixed(1)}, ${times.length} runs` });
  emit({ name: `${bench.name}: processor time`, value: cpu, unit: 'ms', note: 'of all threads' });
  emit({ name: `${bench.name}: memory`, value: process.peakBytes, unit: 'bytes', note: 'peak above the inputs' });
  if (!base) return;
  const reference = best(base.times);
  emit({ name: `${bench.name}: time against ${baseName}`, value: wall / reference.wall, unit: 'x', note: '' });
  emit({ name: `${bench.name}: processor time against ${baseName}`, value: cpu / reference.cpu, unit: 'x', note: '' });
  const memory = base.process.peakBytes > 0 ? process.peakBytes / base.process.peakBytes : undefined;
  if (memory !== undefined) emit({ name: `${bench.name}: memory against ${baseName}`, value: memory, unit: 'x', note: '' });
}

function best(times: readonly RunTime[]): { readonly wall: number; readonly cpu: number } {
  return { wall: Math.min(...times.map(({ wallMs }) => wallMs)), cpu: Math.min(...times.map(({ cpuMs }) => cpuMs)) };
}

/** Bytes of the scores and of their softmax, which the plain forms hold at the same time. */
function scoreBytes(bench: AttentionCase): number {
  if (bench.kind !== 'attention') return 0;
  const { batch, heads, queries, keys, base, chunk } = bench;
  const all = batch * heads * queries * keys * 4 * 2;
  if (base === 'math') return all;
  if (base === 'chunked') return (all * Math.min(chunk, queries)) / queries;
  if (base === 'sliced') return all / heads;
  return base === 'blocked' ? all / 16 : 0;
}
