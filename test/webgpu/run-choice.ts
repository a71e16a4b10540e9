import { silu } from '../../kernels/activation/op.ts';
import { GraphBuilder, Scope } from '../../kernels/graph/builder.ts';
import { tokens } from '../../kernels/graph/graph.ts';
import { linear } from '../../kernels/linear/op.ts';
import { portableTiles } from '../../kernels/wgsl/gemm/portable.ts';
import { elementCount } from '../../kernels/tensor.ts';
import { onnxBackend } from '../../src-main/engine/backends/onnx/onnx.ts';
import { managedWebgpu, type ManagedBackend } from '../../src-main/engine/backends/webgpu/managed.ts';
import { findAdapters } from '../../src-main/engine/backends/webgpu/adapters.ts';
import { isSoftware } from '../../src-main/engine/backends/webgpu/device/facts.ts';
import { verdictKey, type KernelCheck } from '../../src-main/engine/backends/webgpu/self-test.ts';
import { webgpuBackend, type WebgpuBackend } from '../../src-main/engine/backends/webgpu/webgpu.ts';
import type { TuningTable } from '../../src-main/engine/backends/webgpu/autotune.ts';
import { BufferSet, usage } from '../../src-main/engine/backends/webgpu/run/buffers.ts';
import { readRegions } from '../../src-main/engine/backends/webgpu/run/executable.ts';
import { devicePacker } from '../../src-main/engine/backends/webgpu/run/pack-on-device.ts';
import { packWeight } from '../../src-main/engine/backends/webgpu/run/pack.ts';
import { recordsInMemory } from '../../src-main/engine/cache/record-file.ts';
import { Devices, type GpuCandidate, type StoredChoice } from '../../src-main/engine/devices/devices.ts';
import { timeBackend, type SpeedSize } from '../../src-main/engine/devices/speed-test.ts';
import { fixedNumbers } from './case.ts';
import type { WeightStore } from '../../src-main/engine/weights.ts';
import { AppError } from '../../src-main/contract/errors.ts';

/** How a device is found, tested, timed and chosen, on the adapter of the environment. Prints a line of JSON a trial. */
const tiny: SpeedSize = { channels: 8, side: 4, features: 16, rows: 2, heads: 2 };
const hooks = { log: () => undefined, progress: () => undefined, checkpoint: () => Promise.resolve() };
const good: readonly KernelCheck[] = [{ name: 'linear layer', ok: true, error: 0, limit: 1e-4, note: '' }];

async function trial(name: string, run: () => Promise<unknown>): Promise<void> {
  const said = await run().catch((error: unknown) => String(error));
  process.stdout.write(`${JSON.stringify({ name, said })}\n`);
}

const numbers: WeightStore = {
  locate: () => ({ kind: 'memory', values: new Float32Array() }),
  read: (_, shape) => Promise.resolve(new Float32Array(elementCount(shape)).fill(0.01)),
};

const adapters = await findAdapters();
const passing = { read: () => Promise.resolve(good), write: () => Promise.resolve() };

function candidates(sayHardware: boolean): GpuCandidate[] {
  return adapters.map(({ key, facts, options }) => ({
    key,
    isSoftware: !sayHardware && isSoftware(facts),
    open: () => managedWebgpu({ device: options, verdicts: passing }),
  }));
}

function devices(sayHardware: boolean): Devices {
  return new Devices({
    cpu: onnxBackend(),
    findGpus: () => Promise.resolve(candidates(sayHardware)),
    time: (backend) => timeBackend(backend, { size: tiny, limitMs: 0 }),
    choices: recordsInMemory<StoredChoice>(),
    attempts: recordsInMemory<number>(),
  });
}

await trial('adapters', async () => adapters.map(({ facts }) => isSoftware(facts)));
await trial('automatic', async () => (await devices(false).open('auto', hooks)).reason);
await trial('forced', async () => (await devices(false).open('gpu', hooks)).backend.name);
await trial('measured', async () => /^(GPU|CPU): \d+(\.\d)? times faster/.test((await devices(true).open('auto', hooks)).reason));

await trial('tested again after a loss', async () => {
  const asked: string[] = [];
  let lost = false;
  const open = async (options: Parameters<typeof webgpuBackend>[0]): Promise<WebgpuBackend> => {
    const backend = await webgpuBackend(options);
    const { opened } = backend;
    const check = () => {
      if (lost && opened.profile === 'fast') throw new AppError('gpuLost', 'The graphics card stopped responding.');
      opened.check();
    };
    return { ...backend, opened: { ...opened, check } };
  };
  const verdicts = { read: (key: string) => Promise.resolve(asked.push(key) > 0 ? good : undefined), write: () => Promise.resolve() };
  const card = await managedWebgpu({ open, verdicts });
  const { facts } = card.opened;
  const before = card.opened.profile;
  lost = true;
  const graph = new GraphBuilder();
  const small = graph.build({ y: silu(new Scope(graph), graph.input('x', tokens(1, 3, 4))) });
  const executable = await card.compile(small, numbers);
  await executable.dispose();
  return {
    profiles: [before, card.opened.profile],
    verdicts: new Set(asked).size,
    isSameDevice: card.opened.facts.device === facts.device,
  };
});

await trial('a new driver', async () => {
  const { opened, target } = await webgpuBackend();
  const newer = { ...opened, facts: { ...opened.facts, description: `${opened.facts.description} and one` } };
  return verdictKey(opened, target) !== verdictKey(newer, target);
});

await trial('tuned', async () => {
  const tables: TuningTable[] = [];
  const tuning = { read: () => Promise.resolve(tables.at(-1)), write: (_: string, table: TuningTable) => Promise.resolve(void tables.push(table)) }; // prettier-ignore
  const graph = new GraphBuilder();
  const layer = graph.build({ y: linear(new Scope(graph), graph.input('x', tokens(1, 20, 16)), 24) });
  const compile = async (card: ManagedBackend) => (await card.compile(layer, numbers)).dispose();
  await compile(await managedWebgpu({ verdicts: passing, tuning }));
  const onItsOwn = tables.length;
  const forced = await managedWebgpu({ verdicts: passing, tuning, tunesSoftware: true });
  await compile(forced);
  await compile(forced);
  return { onItsOwn, forced: tables.map((table) => Object.keys(table)), isKnown: Object.values(tables[0] ?? {}).every((name) => name in portableTiles) }; // prettier-ignore
});
await trial('packed', async () => {
  const { opened } = await webgpuBackend();
  const shapes = [[3, 5], [40, 7, 3, 3], [24, 6], [1030, 260]]; // prettier-ignore
  const wrong: string[] = [];
  for (const shape of shapes) {
    const values = fixedNumbers(shape.join(), elementCount(shape));
    const value = { id: 0, name: 'w', kind: 'weight', shape, layout: 'plain', dtype: 'f32' } as const;
    for (const form of shape[0] === 24 ? (['columns', 'gatedColumns'] as const) : (['columns'] as const)) {
      using buffers = new BufferSet(opened);
      const target = await buffers.make('packed', 2 ** 21, usage.storage | usage.copySource);
      const use = { value, form, type: 'f32' } as const;
      const expected = packWeight(values, shape, form, 'f32');
      const region = { buffer: target, offset: 0, bytes: expected.byteLength };
      // In one piece, and three output rows at a time.
      for (const most of [2 ** 21, elementCount(shape.slice(1)) * 4 * 3]) {
        (await devicePacker(opened, buffers, [use], most))!.pack(values, use, region);
        const found = new Uint8Array(await readRegions(opened.gpu, [region]));
        if (Buffer.compare(found.subarray(0, expected.byteLength), expected) !== 0) wrong.push(`${shape.join('x')} ${form} by ${most}`);
      }
    }
  }
  return wrong;
});
process.exit(0);
