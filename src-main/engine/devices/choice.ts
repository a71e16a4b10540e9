/** What was found out about a GPU that might draw. */
export interface GpuTrial {
  /** Milliseconds of a pass of the speed test. */
  readonly ms?: number;
  /** Why it cannot be used, as a sentence. */
  readonly failure?: string;
  /** Whether it would fail again. */
  readonly isLasting?: boolean;
}

export interface Verdict {
  /** Index of the GPU to use; undefined for the CPU. */
  readonly gpu: number | undefined;
  /** Why, in one sentence for the user. */
  readonly reason: string;
}

/** The faster of the CPU and the GPUs. Where no GPU was timed the CPU's time is not asked for. */
export function fastest(cpuMs: number, trials: readonly GpuTrial[]): Verdict {
  let best: { readonly index: number; readonly ms: number } | undefined;
  trials.forEach(({ ms }, index) => {
    if (ms !== undefined && (!best || ms < best.ms)) best = { index, ms };
  });
  if (!best) return { gpu: undefined, reason: withoutGpu(trials) };
  const { index, ms } = best;
  if (ms < cpuMs) return { gpu: index, reason: `GPU: ${times(cpuMs / ms)} faster than the CPU in a one-second test.` };
  return { gpu: undefined, reason: `CPU: ${times(ms / cpuMs)} faster than the GPU in a one-second test.` };
}

function withoutGpu(trials: readonly GpuTrial[]): string {
  const failure = trials.find((trial) => trial.failure !== undefined)?.failure;
  return failure === undefined ? 'CPU: no GPU was found.' : `CPU: the GPU cannot be used. ${failure}`;
}

export const onlySoftware = 'CPU: the only GPU is a software one.';

function times(ratio: number): string {
  return `${ratio >= 9.95 ? Math.round(ratio) : ratio.toFixed(1)} times`;
}
