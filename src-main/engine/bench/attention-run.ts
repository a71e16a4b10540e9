import { readFileSync, writeFileSync } from 'node:fs';
import { elementCount } from '../../../kernels/tensor.ts';
import { onnxBackend } from '../backends/onnx/onnx.ts';
import type { WeightStore } from '../weights.ts';
import { benchNumbers, buildCase, type AttentionCase } from './attention-case.ts';

export interface RunTime {
  /** By the clock, and of all threads on the processor: the second hardly suffers when the computer is busy with other things. */
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** What the bench asks of the process of a case, and what it answers. */
export type CaseRequest = { readonly kind: 'run' } | { readonly kind: 'end' };
export type CaseAnswer =
  /** Peak of the first run above what was resident before it: inputs and weights are not counted, outputs are. */
  { readonly kind: 'ready'; readonly peakBytes: number } | ({ readonly kind: 'ran' } & RunTime);

/** Holds one case ready: the first run is for memory and to warm up, the others are timed one by one as they are asked for. */
async function serve(bench: AttentionCase, threads: number, answer: (message: CaseAnswer) => void): Promise<void> {
  const { graph, inputs } = buildCase(bench);
  const executable = await onnxBackend({ threads }).compile(graph, randomWeights);
  const before = residentBytes();
  resetPeak();
  await executable.run(inputs);
  answer({ kind: 'ready', peakBytes: Math.max(0, peakResidentBytes() - before) });
  process.on('message', ({ kind }: CaseRequest) => void (kind === 'run' ? time() : process.disconnect()));
  const time = async () => {
    const start = performance.now();
    const before = process.cpuUsage();
    await executable.run(inputs);
    const { user, system } = process.cpuUsage(before);
    answer({ kind: 'ran', wallMs: performance.now() - start, cpuMs: (user + system) / 1000 });
  };
}

const randomWeights: WeightStore = {
  locate: (name, shape) => ({ kind: 'memory', values: weight(name, shape) }),
  read: (name, shape) => Promise.resolve(weight(name, shape)),
};

function weight(name: string, shape: readonly number[]): Float32Array {
  const fanIn = elementCount(shape.slice(1));
  return benchNumbers(elementCount(shape), name.length).map((value) => value / Math.sqrt(fanIn));
}

function residentBytes(): number {
  return process.memoryUsage.rss();
}

/** Linux forgets the high-water mark on request; elsewhere the mark of the whole process has to do. */
function resetPeak(): void {
  if (process.platform === 'linux') writeFileSync('/proc/self/clear_refs', '5');
}

function peakResidentBytes(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS * 1024;
  const line = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'));
  return Number(line?.[1] ?? 0) * 1024;
}

const [json, threads] = process.argv.slice(2);
if (json !== undefined && process.send) {
  await serve(JSON.parse(json) as AttentionCase, Number(threads), (message) => process.send?.(message));
}
