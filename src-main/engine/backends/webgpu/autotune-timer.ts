import { performance } from 'node:perf_hooks';
import { GraphBuilder, Scope } from '../../../../kernels/graph/builder.ts';
import { tokens } from '../../../../kernels/graph/graph.ts';
import { linear } from '../../../../kernels/linear/op.ts';
import type { WgslTarget } from '../../../../kernels/wgsl/emitter.ts';
import type { VariantTimer } from './autotune.ts';
import { isSoftware } from './device/facts.ts';
import type { OpenDevice } from './device/open.ts';
import { buildProgram } from './program/build.ts';
import { prepareProgram } from './run/executable.ts';

const runs = 5;

/** Whether timing a device is worth it: it has a clock of its own, and is no processor in disguise. */
export function isTunable({ gpu, facts }: OpenDevice): boolean {
  return gpu.features.has('timestamp-query') && !isSoftware(facts);
}

/** Times products on a device. Nothing is uploaded: memory that was never written holds zeros, and zeros take as long as other numbers. */
export function deviceTimer(device: OpenDevice, target: WgslTarget): VariantTimer {
  return {
    now: () => performance.now(),
    async time({ rows, columns, depth }, variant) {
      const graph = new GraphBuilder();
      const built = graph.build({ y: linear(new Scope(graph), graph.input('x', tokens(1, rows, depth)), columns) });
      const executable = await prepareProgram(device, buildProgram(built, { ...target, prefer: () => variant }));
      try {
        await executable.time(1);
        const samples: number[] = [];
        for (let i = 0; i < runs; i++) samples.push(await executable.time(1));
        return Math.min(...samples);
      } finally {
        await executable.dispose();
      }
    },
  };
}
