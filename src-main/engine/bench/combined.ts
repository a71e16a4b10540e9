import { addLayers, controlNetStack, createStack, type AttentionStack } from '../../../kernels/attention/stack/stack.ts';
import type { AttentionLayer } from '../../../kernels/attention/stack/layers.ts';
import type { Graph } from '../../../kernels/graph/graph.ts';
import { hoistInvariant, type HoistedGraph } from '../../../kernels/graph/passes.ts';
import { floatTensor, type Tensor } from '../../../kernels/tensor.ts';
import { controlNetConfig } from '../../../models/controlnet/config.ts';
import { buildControlNet, isControlInvariant } from '../../../models/controlnet/controlnet.ts';
import { isInvariantLoraInput } from '../../../models/lora/gates.ts';
import { withSidePaths, type SidePath, type SidePathLora } from '../../../models/lora/side-paths.ts';
import { unetConfig } from '../../../models/unet/config.ts';
import { buildUnet, isStepInvariantInput } from '../../../models/unet/unet.ts';
import type { BenchLine } from '../../contract/reports.ts';
import { TorchGenerator } from '../../core/random/torch-generator.ts';
import { regionMask } from '../../core/regions/mask.ts';
import { addResiduals } from '../adapters/control/residuals.ts';
import { levelGrids } from '../attention/levels.ts';
import { fixedStackInputs, stepStackInputs, type StackJob } from '../attention/stack-inputs.ts';
import type { Backend, Executable } from '../backends/backend.ts';
import { nodeFlops } from '../backends/webgpu/roofline.ts';
import { halfWidthSd1, randomWeights, side, smallUnet } from './unet.ts';

const chunk = 77;
const regions = 3;
const batch = 2;
const loraRank = 16;
const pictureTokens = 4;

type UnetJson = typeof smallUnet;

interface Size {
  readonly name: string;
  readonly unet: UnetJson;
  readonly rounds: number;
}

/** What is added to a layer weighs more where the layer itself is small. */
export const smallSizes: readonly Size[] = [
  { name: 'small UNet', unet: smallUnet, rounds: 15 },
  { name: 'half-width SD 1.5', unet: halfWidthSd1, rounds: 7 },
];

/** Both UNets and the ControlNet hold 14 GiB; making up their weights takes minutes. */
export const sd15Size: Size = { name: 'SD 1.5', unet: { ...halfWidthSd1, block_out_channels: [320, 640, 1280, 1280] }, rounds: 5 };

interface BenchTools {
  readonly backend: Backend;
  readonly emit: (line: BenchLine) => void;
  readonly checkpoint: () => Promise<void>;
}

/**
 * A step with a ControlNet, an IP-Adapter, two LoRAs and three regions against a plain one of the same UNet. What it should cost is told by
 * the multiplications of its graphs; the rest is overhead. Steps of both kinds alternate, and medians count.
 */
export async function benchCombined({ name, unet, rounds }: Size, { backend, checkpoint, ...tools }: BenchTools): Promise<void> {
  const emit = (line: BenchLine) => tools.emit({ ...line, name: `${name}, ${line.name}` });
  const config = unetConfig(unet);
  const random = new TorchGenerator(0);
  const size = { batch, latentHeight: side, latentWidth: side };
  const job = combinedJob(unet, random);
  const text = { ...size, textLength: job.tokens, stack: job.stack };
  const graphs = {
    plain: hoisted(buildUnet(config, { ...size, textLength: chunk })),
    combined: hoisted(withSidePaths(buildUnet(config, { ...text, control: true }), twoLoras(unet))),
    net: hoisted(buildControlNet(controlNetConfig(unet), { ...text, stack: controlNetStack(job.stack) })),
  };
  const plain = await prepare(graphs.plain, backend, random, new Map());
  const combined = await prepare(graphs.combined, backend, random, stackInputs(job));
  const net = await prepare(graphs.net, backend, random, stackInputs({ ...job, stack: controlNetStack(job.stack) }));
  const rule = { strength: 1, isSoft: false, globalPool: false, mask: halfMask() };
  const runs = {
    plain: () => plain.run(new Map()),
    combined: async () => {
      const residuals = [...(await net.run(new Map())).values()] as ReturnType<typeof floatTensor>[];
      const sums = residuals.map(({ shape }) => floatTensor(shape));
      addResiduals(sums, residuals, rule);
      const named = sums.map((sum, i): [string, Tensor] => [i === sums.length - 1 ? 'control.mid' : `control.${i}`, sum]);
      await combined.run(new Map(named));
    },
  };
  const times = { plain: [] as number[], combined: [] as number[] };
  for (let round = -2; round < rounds; round++)
    for (const name of ['plain', 'combined'] as const) {
      await checkpoint();
      const startedAt = performance.now();
      await runs[name]();
      if (round >= 0) times[name].push(performance.now() - startedAt);
    }
  for (const { dispose } of [plain, combined, net]) await dispose();

  const flops = { plain: flopsOf(graphs.plain), combined: flopsOf(graphs.combined) + flopsOf(graphs.net) };
  const ideal = flops.combined / flops.plain;
  const ratio = median(times.combined) / median(times.plain);
  const what = `ControlNet, IP-Adapter, 2 LoRAs, ${regions} regions`;
  emit({ name: 'a plain step', value: median(times.plain), unit: 'ms', note: `${gigas(flops.plain)} GFLOP` });
  emit({ name: 'a combined step', value: median(times.combined), unit: 'ms', note: `${what}: ${gigas(flops.combined)} GFLOP` });
  emit({ name: 'combined over plain', value: ratio, unit: 'x', note: `${ideal.toFixed(2)} by their FLOPs` });
  emit({ name: 'combined over its ideal', value: ratio / ideal, unit: 'x', note: 'goal: at most 1.1' });
}

/** Regions and a reference on the positive side, row 1; the shorter negative side is padded. */
function combinedJob(unet: UnetJson, random: TorchGenerator): StackJob {
  const tokens = chunk * (regions + 1);
  const local = Array.from({ length: regions }, (_, i): AttentionLayer => ({
    kind: 'regional', id: `region ${i + 1}`, rows: [1], start: chunk * (i + 1), end: chunk * (i + 2), hasMask: true, strength: 1, isolate: false,
    range: [0, 1],
  })); // prettier-ignore
  const reference: AttentionLayer = {
    kind: 'ipAdapter', id: 'reference 1', tokens: pictureTokens, width: unet.cross_attention_dim, scale: 0.7, range: [0, 1], hasMask: false,
    otherSites: 1, siteFactors: [], swappedSites: [],
  }; // prettier-ignore
  const stack: AttentionStack = addLayers(createStack(), [
    ...local,
    reference,
    { kind: 'padding', id: 'padding', lengths: [chunk, tokens] },
  ]);
  const columns = (i: number) => Array.from({ length: side * side }, (_, at) => Number(Math.floor(((at % side) * regions) / side) === i));
  const shape = [batch, pictureTokens, unet.cross_attention_dim];
  return {
    stack,
    batch,
    tokens,
    grids: levelGrids({ height: side, width: side }, unet.block_out_channels.length),
    masks: new Map(local.map(({ id }, i) => [id, { mask: regionMask(side, side, columns(i)), isSoft: false }])),
    pictures: new Map([['reference 1', floatTensor(shape, random.randn(shape))]]),
  };
}

function stackInputs(job: StackJob): ReadonlyMap<string, Tensor> {
  return new Map([...fixedStackInputs(job), ...stepStackInputs(job, 0, 1)]);
}

/** Two LoRAs on every linear layer of the transformers. */
function twoLoras(unet: UnetJson): SidePathLora[] {
  const graph = buildUnet(unetConfig(unet), { batch, latentHeight: side, latentWidth: side, textLength: chunk });
  const modules = graph.weights.filter(
    ({ name, shape }) => name.includes('transformer_blocks') && name.endsWith('.weight') && shape.length === 2,
  );
  const path: SidePath = { kind: 'lowRank', rank: loraRank, scale: 0.5 };
  const paths = new Map(modules.map(({ name }) => [name.slice(0, -'.weight'.length), path]));
  return ['0', '1'].map((id) => ({ id, isRegional: false, paths }));
}

/** White on the left. */
function halfMask() {
  return regionMask(
    side,
    side,
    Array.from({ length: side * side }, (_, i) => Number(i % side < side / 2)),
  );
}

function hoisted(graph: Graph): HoistedGraph {
  return hoistInvariant(graph, (name) => isStepInvariantInput(name) || isControlInvariant(name) || isInvariantLoraInput(name));
}

interface Prepared {
  /** Runs a step with further inputs over those that were made up. */
  run(inputs: ReadonlyMap<string, Tensor>): Promise<ReadonlyMap<string, Tensor>>;
  dispose(): Promise<void>;
}

/** Compiles a graph and makes up the inputs that are not given; what does not change is computed once. */
async function prepare(
  { prologue, step }: HoistedGraph,
  backend: Backend,
  random: TorchGenerator,
  given: ReadonlyMap<string, Tensor>,
): Promise<Prepared> {
  const compile = (graph: Graph) => backend.compile(graph, randomWeights(graph, random));
  const executables: Executable[] = [await compile(step)];
  const inputs = new Map<string, Tensor>(given);
  const all = [...step.inputs, ...(prologue?.inputs ?? [])];
  for (const { name, shape } of all) {
    if (!inputs.has(name) && !name.startsWith('hoisted.')) inputs.set(name, floatTensor(shape, random.randn(shape)));
  }
  if (prologue) {
    const once = await compile(prologue);
    executables.push(once);
    for (const [name, tensor] of await once.run(inputs)) inputs.set(name, tensor);
  }
  return {
    run: (further) => executables[0]!.run(new Map([...inputs, ...further])),
    dispose: async () => {
      for (const executable of executables) await executable.dispose();
    },
  };
}

function flopsOf({ step }: HoistedGraph): number {
  return step.nodes.reduce((sum, node) => sum + nodeFlops(node), 0);
}

function gigas(flops: number): string {
  return (flops / 1e9).toFixed(1);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
