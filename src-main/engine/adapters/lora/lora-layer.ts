import type { ComponentName, WeightMap } from '../../../../models/checkpoint/types.ts';
import type { PartTensors } from '../../../../models/lora/delta.ts';
import { loraInputNames } from '../../../../models/lora/gates.ts';
import { mergedBias, mergedWeight, type WeightPatch } from '../../../../models/lora/merge.ts';
import type { LoraModule } from '../../../../models/lora/module.ts';
import type { PartName } from '../../../../models/lora/parts.ts';
import {
  joinedId,
  joinedParts,
  sideWeightName,
  withSidePaths,
  type SidePath,
  type SidePathLora,
} from '../../../../models/lora/side-paths.ts';
import { floatTensor, type Tensor } from '../../../../kernels/tensor.ts';
import type { WeightLayer } from '../../model/loaded-model.ts';
import { readWeight } from '../../files.ts';
import { weightStore, type WeightStore } from '../../weights.ts';
import { runsBeside, type OpenLora } from './open-loras.ts';

/** A LoRA's file, and where it acts. */
type LaidLora = Pick<OpenLora, 'id' | 'region' | 'identity' | 'file'>;

/** A LoRA at the strength it has in one graph. */
export interface ActiveLora {
  readonly lora: LaidLora;
  readonly strength: number;
  /** Gated by the region's mask and tokens, whose inputs the caller gives. */
  readonly isGated: boolean;
}

/**
 * Lays LoRAs over a network. Plain ones run beside its layers with their strength as an input. Of the others, those that act everywhere
 * are merged into weights in memory; those of a region run beside the layers as whole differences, so that they can be gated.
 * @param fixed inputs of gates that stay the same for the job
 */
export function loraLayer(
  component: ComponentName,
  active: readonly ActiveLora[],
  fixed: ReadonlyMap<string, Tensor> = new Map(),
): WeightLayer | undefined {
  const parts = active.map((own) => ({ ...own, ...splitModules(own.lora, component) }));
  if (parts.every(({ paths, merged }) => paths.length === 0 && merged.length === 0)) return undefined;
  const beside = parts.map(({ lora, isGated, paths }) => sidePathLora(lora.id, isGated, paths));
  const strengths = new Map(active.flatMap(({ lora, strength }) => strengthInputs(lora.id, strength)));
  return {
    key: parts.map(({ lora, strength, isGated, merged }) => loraKey(lora, merged.length > 0 ? strength : undefined, isGated)).join(' + '),
    over: async (base) => {
      const replaced = await mergeAll(base, parts);
      const weights: WeightMap = new Map();
      for (const [name, values] of await joinedWeights(parts, beside)) replaced.set(name, values);
      for (const { lora, paths } of parts) {
        for (const module of paths) {
          if (runsBeside(module)) addFactors(lora.id, module, weights);
          else await addWholes(lora.id, module, base, replaced);
        }
      }
      return overlay(base, weights, replaced);
    },
    extend: (graph) => withSidePaths(graph, beside),
    bind: (inputs) => new Map<string, Tensor>([...inputs, ...strengths, ...fixed]),
  };
}

function loraKey({ id, identity, region }: LaidLora, mergedAt: number | undefined, isGated: boolean): string {
  return `lora ${id} = ${identity}${isGated ? ' gated' : ''}${region === undefined ? '' : ' of a region'}${mergedAt === undefined ? '' : ` merged at ${mergedAt}`}`;
}

/** What runs beside the network, and what is merged into it. Norms of a regional LoRA have no place: neither. */
export function splitModules({ file, region }: LaidLora, component: ComponentName): { paths: LoraModule[]; merged: LoraModule[] } {
  const own = file.modules.filter((module) => module.component === component);
  if (region === undefined) return { paths: own.filter(runsBeside), merged: own.filter((module) => !runsBeside(module)) };
  return { paths: own.filter(({ shape, module }) => shape.length > 1 && !module.endsWith('_embedding')), merged: [] };
}

/** A LoRA's paths beside the layers of a network, as the graph is told. */
export function sidePathLora(id: string, isRegional: boolean, modules: readonly LoraModule[]): SidePathLora {
  const paths = new Map<string, SidePath>();
  for (const module of modules) {
    const { parts, scale } = module;
    if (runsBeside(module)) paths.set(module.module, { kind: 'lowRank', rank: parts.get('down')!.shape[0]!, scale });
    else paths.set(module.module, { kind: 'whole', hasBias: parts.has('upBias') || parts.has('diffBias') });
  }
  return { id, isRegional, paths };
}

function strengthInputs(id: string, strength: number): [string, Tensor][] {
  return [2, 3, 4].map((rank) => [
    loraInputNames.strength(id, rank),
    floatTensor(new Array<number>(rank).fill(1), Float32Array.of(strength)),
  ]);
}

interface PlacedLora {
  readonly lora: LaidLora;
  readonly paths: readonly LoraModule[];
}

/** Factors of LoRAs that share one pair of thin layers: `down` one below the other, `up` side by side. */
async function joinedWeights(loras: readonly PlacedLora[], beside: readonly SidePathLora[]): Promise<Map<string, Float32Array>> {
  const values = new Map<string, Float32Array>();
  for (const module of new Set(loras.flatMap(({ paths }) => paths.map((path) => path.module)))) {
    const joined = joinedParts(beside, module);
    if (joined.length === 0) continue;
    const factors: { readonly down: Float32Array; readonly up: Float32Array; readonly rank: number }[] = [];
    for (const { id, rank } of joined) {
      const { parts } = loras.find(({ lora }) => lora.id === id)!.paths.find((path) => path.module === module)!;
      factors.push({ down: await readWeight(parts.get('down')!), up: await readWeight(parts.get('up')!), rank });
    }
    const id = joinedId(joined);
    values.set(sideWeightName(id, module, 'down'), sideBySide(factors.map(({ down }) => ({ data: down, columns: down.length }))));
    values.set(sideWeightName(id, module, 'up'), sideBySide(factors.map(({ up, rank }) => ({ data: up, columns: rank }))));
  }
  return values;
}

/** Matrices of as many rows as one. */
function sideBySide(matrices: readonly { readonly data: Float32Array; readonly columns: number }[]): Float32Array {
  const width = matrices.reduce((sum, { columns }) => sum + columns, 0);
  const rows = matrices[0]!.data.length / matrices[0]!.columns;
  const joined = new Float32Array(rows * width);
  let first = 0;
  for (const { data, columns } of matrices) {
    for (let row = 0; row < rows; row++) joined.set(data.subarray(row * columns, (row + 1) * columns), row * width + first);
    first += columns;
  }
  return joined;
}

function addFactors(id: string, { module, parts }: LoraModule, weights: WeightMap): void {
  weights.set(sideWeightName(id, module, 'down'), parts.get('down')!);
  weights.set(sideWeightName(id, module, 'up'), parts.get('up')!);
}

/** The difference that the module makes at strength 1. */
async function addWholes(id: string, module: LoraModule, base: WeightStore, values: Map<string, Float32Array>): Promise<void> {
  const weight = await base.read(`${module.module}.weight`, module.shape);
  const patch = { module, parts: await readParts(module), strength: 1 };
  const merged = mergedWeight(weight, [patch]);
  values.set(sideWeightName(id, module.module, 'delta'), merged.map((value, i) => value - weight[i]!)); // prettier-ignore
  const bias = mergedBias(new Float32Array(module.shape[0]!), [patch]);
  values.set(sideWeightName(id, module.module, 'delta', 'bias'), bias);
}

interface Merging {
  readonly merged: readonly LoraModule[];
  readonly strength: number;
}

/** Weights and biases with the changes of all LoRAs that are merged, by name. */
async function mergeAll(base: WeightStore, loras: readonly Merging[]): Promise<Map<string, Float32Array>> {
  const byModule = new Map<string, { module: LoraModule; strength: number }[]>();
  for (const { merged, strength } of loras) {
    for (const module of merged) byModule.set(module.module, [...(byModule.get(module.module) ?? []), { module, strength }]);
  }
  const values = new Map<string, Float32Array>();
  for (const [name, changes] of byModule) {
    const patches: WeightPatch[] = [];
    for (const { module, strength } of changes) patches.push({ module, parts: await readParts(module), strength });
    const { shape } = changes[0]!.module;
    if (changes.some(({ module }) => module.kind !== 'none')) {
      values.set(`${name}.weight`, mergedWeight(await base.read(`${name}.weight`, shape), patches));
    }
    if (patches.some(({ parts }) => parts.has('upBias') || parts.has('diffBias'))) {
      values.set(`${name}.bias`, mergedBias(await base.read(`${name}.bias`, [shape[0]!]), patches));
    }
  }
  return values;
}

/** The tensors of a module as f32. */
export async function readParts({ parts }: LoraModule): Promise<PartTensors> {
  const values = new Map<PartName, { shape: readonly number[]; data: Float32Array }>();
  for (const [part, location] of parts) if (part !== 'alpha') values.set(part, { shape: location.shape, data: await readWeight(location) });
  return values;
}

function overlay(base: WeightStore, weights: WeightMap, replaced: ReadonlyMap<string, Float32Array>): WeightStore {
  const own = weightStore(weights, replaced);
  const storeOf = (name: string) => (weights.has(name) || replaced.has(name) ? own : base);
  return {
    locate: (name, shape) => storeOf(name).locate(name, shape),
    read: (name, shape) => storeOf(name).read(name, shape),
  };
}
