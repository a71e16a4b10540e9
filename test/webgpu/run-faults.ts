import { silu } from '../../kernels/activation/op.ts';
import { GraphBuilder, Scope } from '../../kernels/graph/builder.ts';
import { tokens, type Graph } from '../../kernels/graph/graph.ts';
import { linear } from '../../kernels/linear/op.ts';
import { floatTensor } from '../../kernels/tensor.ts';
import { AppError } from '../../src-main/contract/errors.ts';
import { verdict, type KernelCheck } from '../../src-main/engine/backends/webgpu/self-test.ts';
import { webgpuBackend } from '../../src-main/engine/backends/webgpu/webgpu.ts';

/** What goes wrong on a device, and what is said about it. Prints a line of JSON a trial. */
const backend = await webgpuBackend({ storage: 'f32' });
const read = async (_: string, shape: readonly number[]) => new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.5);

function graphOf(rows: number, width: number): Graph {
  const graph = new GraphBuilder();
  const scope = new Scope(graph);
  return graph.build({ y: silu(scope, linear(scope, graph.input('x', tokens(1, rows, width)), width)) });
}

async function trial(name: string, run: () => Promise<unknown>): Promise<void> {
  const said = await run().catch((error: unknown) =>
    error instanceof AppError ? { code: error.code, message: error.message } : { code: 'none', message: String(error) },
  );
  process.stdout.write(`${JSON.stringify({ name, said })}\n`);
}

await trial('input that is not finite', async () => {
  const executable = await backend.compile(graphOf(3, 4), { read });
  return executable.run(new Map([['x', floatTensor([1, 3, 4], new Float32Array(12).fill(NaN))]]));
});
await trial('input of another shape', async () => {
  const executable = await backend.compile(graphOf(3, 4), { read });
  return executable.run(new Map([['x', floatTensor([1, 2, 4])]]));
});
await trial('weights beyond any buffer', async () => {
  const huge = graphOf(1, 40_000);
  return backend.compile(huge, { read: async () => new Float32Array(0) });
});
await trial('the same bytes twice', async () => {
  const executable = await backend.compile(graphOf(5, 12), { read });
  const inputs = new Map([
    [
      'x',
      floatTensor(
        [1, 5, 12],
        Float32Array.from({ length: 60 }, (_, i) => Math.sin(i)),
      ),
    ],
  ]);
  const [first, second] = [await executable.run(inputs), await executable.run(inputs)];
  return Buffer.compare(Buffer.from(first.get('y')!.data.buffer), Buffer.from(second.get('y')!.data.buffer));
});
await trial('a verdict that is kept', async () => {
  const kept: KernelCheck[] = [{ name: 'linear layer', ok: false, error: 1, limit: 1e-4, note: 'kept' }];
  return verdict(backend.opened, backend.target, { read: async () => kept, write: async () => undefined });
});
process.exit(0);
