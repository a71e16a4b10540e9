import {
  contextLength,
  type AttentionLayer,
  type IpAdapterLayer,
  type PerturbedLayer,
  type RegionalLayer,
  type StepRange,
} from '../../../kernels/attention/stack/layers.ts';
import { captureGroups, gridName, hiddenScore, planColumns, stackInputNames } from '../../../kernels/attention/stack/plan.ts';
import type { AttentionStack } from '../../../kernels/attention/stack/stack.ts';
import { floatTensor, type FloatTensor } from '../../../kernels/tensor.ts';
import type { Grid, RegionMask } from '../../core/regions/mask.ts';
import { isInside } from '../../core/regions/mask.ts';
import { maskAt } from '../../core/regions/pool.ts';
import { isolateGates, jointScores } from '../../core/regions/weights.ts';

/** A layer's mask at latent size. */
export interface LayerMask {
  readonly mask: RegionMask;
  /** Whether values between 0 and 1 count; else over one half is inside. */
  readonly isSoft: boolean;
}

/** What a job knows beyond the stack: sizes and masks. */
export interface StackJob {
  readonly stack: AttentionStack;
  readonly batch: number;
  /** Tokens of the joined context. */
  readonly tokens: number;
  /** Grids of the model's cross-attentions, from their real heights and widths. */
  readonly grids: readonly Grid[];
  /** Masks of regional and reference layers by layer id. */
  readonly masks: ReadonlyMap<string, LayerMask>;
  /** Picture tokens [B, N, D] by layer id. */
  readonly pictures?: ReadonlyMap<string, FloatTensor>;
}

/** Whether a layer acts at a step: begin and end are shares of the steps, the end is not included. */
export function isActive([begin, end]: StepRange, step: number, steps: number): boolean {
  return step >= begin * steps && step < end * steps;
}

/** Inputs that stay the same for the whole job: key factors, groups, picture tokens and their masks. */
export function fixedStackInputs(job: StackJob): Map<string, FloatTensor> {
  const inputs = new Map<string, FloatTensor>();
  const { layers } = job.stack;
  const plan = planColumns(layers);
  if (plan.rank > 0) inputs.set(stackInputNames.regionKeys, keyFactors(job));
  if (layers.some(({ kind }) => kind === 'capture')) inputs.set(stackInputNames.captureGroups, groupOneHots(job));
  for (const layer of layers) if (layer.kind === 'ipAdapter') addPictureInputs(job, layer, inputs);
  return inputs;
}

/** What was made for a job, by which layers act: most jobs have one or two such sets for all their steps. */
const made = new WeakMap<StackJob, Map<string, Map<string, FloatTensor>>>();

/** Inputs that depend on which layers act at a step, 0 … steps - 1. Made once for each set of acting layers; not to be written to. */
export function stepStackInputs(job: StackJob, step: number, steps: number): Map<string, FloatTensor> {
  const acting = job.stack.layers.map((layer) => ('range' in layer ? Number(isActive(layer.range, step, steps)) : 1)).join('');
  const sets = made.get(job) ?? new Map<string, Map<string, FloatTensor>>();
  made.set(job, sets);
  const inputs = sets.get(acting) ?? makeStepInputs(job, step, steps);
  sets.set(acting, inputs);
  return inputs;
}

function makeStepInputs(job: StackJob, step: number, steps: number): Map<string, FloatTensor> {
  const inputs = new Map<string, FloatTensor>();
  const { layers } = job.stack;
  for (const grid of job.grids) addRegionInputs(job, grid, { step, steps }, inputs);
  for (const layer of layers) {
    if (layer.kind === 'ipAdapter') {
      const scale = isActive(layer.range, step, steps) ? layer.scale : 0;
      inputs.set(stackInputNames.ipScale(layer.id), floatTensor([1, 1, 1], Float32Array.of(scale)));
    }
    if (layer.kind === 'perturbed') addPerturbedInputs(job, layer, isActive(layer.range, step, steps), inputs);
  }
  return inputs;
}

function keyFactors({ stack, batch, tokens }: StackJob): FloatTensor {
  const { rank, columns, padding } = planColumns(stack.layers);
  const result = floatTensor([batch, tokens, rank]);
  for (const [layer, column] of columns) {
    for (const row of layer.rows) {
      for (let token = layer.start; token < layer.end; token++) result.data[(row * tokens + token) * rank + column] = 1;
    }
  }
  const padded = stack.layers.find((layer) => layer.kind === 'padding');
  if (padded && contextLength(padded) !== tokens) {
    throw new RangeError(`expected a context of ${contextLength(padded)} tokens, as its padding says, got ${tokens}`);
  }
  for (const [row, column] of padding) {
    for (let token = padded!.lengths[row]!; token < tokens; token++) result.data[(row * tokens + token) * rank + column] = 1;
  }
  return result;
}

function groupOneHots({ stack, batch, tokens }: StackJob): FloatTensor {
  const groups = captureGroups(stack.layers);
  const result = floatTensor([batch, tokens, groups.length]);
  for (let row = 0; row < batch; row++) {
    for (let token = 0; token < tokens; token++) {
      const owner = promptAt(stack.layers, row, token);
      result.data[(row * tokens + token) * groups.length + Math.max(0, groups.indexOf(owner?.id ?? ''))] = 1;
    }
  }
  return result;
}

function promptAt(layers: readonly AttentionLayer[], row: number, token: number): RegionalLayer | undefined {
  return layers.find(
    (layer): layer is RegionalLayer => layer.kind === 'regional' && layer.rows.includes(row) && token >= layer.start && token < layer.end,
  );
}

function addPictureInputs({ grids, masks, pictures, batch }: StackJob, layer: IpAdapterLayer, inputs: Map<string, FloatTensor>): void {
  const tokens = pictures?.get(layer.id);
  if (tokens) {
    inputs.set(stackInputNames.ipTokens(layer.id), tokens);
    if (layer.swappedSites.length > 0) inputs.set(stackInputNames.ipSwappedTokens(layer.id), onNegativeSide(tokens, batch));
  }
  if (!layer.hasMask) return;
  const mask = maskOf(masks, layer.id);
  for (const grid of grids) {
    const data = maskValues(mask, grid);
    inputs.set(stackInputNames.ipMask(layer.id, gridName(grid)), floatTensor([1, data.length, 1], data));
  }
}

/** The positive side's tokens for the negative side, and none for the positive one (zeros attend to nothing of a picture). */
function onNegativeSide({ shape, data }: FloatTensor, batch: number): FloatTensor {
  const moved = new Float32Array(data.length);
  const size = data.length / batch;
  if (batch > 1) moved.set(data.subarray(size, 2 * size), 0);
  return { shape, data: moved };
}

function maskValues({ mask, isSoft }: LayerMask, grid: Grid): Float32Array {
  const { data } = maskAt(mask, grid, isSoft ? 'mean' : 'max');
  return isSoft ? data : data.map((value) => Number(isInside(value)));
}

interface Moment {
  readonly step: number;
  readonly steps: number;
}

function addRegionInputs(job: StackJob, grid: Grid, moment: Moment, inputs: Map<string, FloatTensor>): void {
  const { stack, batch } = job;
  const plan = planColumns(stack.layers);
  const queries = grid.height * grid.width;
  const name = gridName(grid);
  if (plan.rank > 0) {
    const factors = floatTensor([batch, queries, plan.rank]);
    for (let row = 0; row < batch; row++) fillRow(job, grid, moment, row, factors);
    inputs.set(stackInputNames.regionQueries(name), factors);
  }
  const isolated = stack.layers.filter((layer): layer is RegionalLayer => layer.kind === 'regional' && layer.isolate);
  if (isolated.length === 0) return;
  const joint = floatTensor([batch, queries, 1]);
  const gates = isolated.map(() => floatTensor([batch, queries, 1]));
  for (let row = 0; row < batch; row++) {
    const here = isolated.map((layer) => layer.rows.includes(row) && isActive(layer.range, moment.step, moment.steps));
    const acting = isolated.filter((_, index) => here[index]);
    const shares = isolateGates(acting.map((layer) => maskOf(job.masks, layer.id)), grid); // prettier-ignore
    joint.data.set(shares.joint, row * queries);
    acting.forEach((layer, index) => gates[isolated.indexOf(layer)]!.data.set(shares.gates[index]!, row * queries));
  }
  inputs.set(stackInputNames.jointGate(name), joint);
  isolated.forEach(({ id }, index) => inputs.set(stackInputNames.isolateGate(id, name), gates[index]!));
}

function fillRow(job: StackJob, grid: Grid, { step, steps }: Moment, row: number, factors: FloatTensor): void {
  const { rank, columns, padding } = planColumns(job.stack.layers);
  const mine = [...columns].filter(([layer]) => layer.rows.includes(row));
  const prompts = mine.map(([layer]) => ({
    ...(layer.hasMask ? maskOf(job.masks, layer.id) : { isSoft: false }),
    strength: layer.strength,
    isHidden: layer.isolate || !isActive(layer.range, step, steps),
  }));
  const scores = jointScores(prompts, grid, seesOthers(job, row, mine.map(([layer]) => layer))); // prettier-ignore
  const queries = grid.height * grid.width;
  const paddingColumn = padding.get(row);
  for (let q = 0; q < queries; q++) {
    const start = (row * queries + q) * rank;
    mine.forEach(([, column], index) => (factors.data[start + column] = scores[q * mine.length + index]!));
    if (paddingColumn !== undefined) factors.data[start + paddingColumn] = hiddenScore;
  }
}

/** Whether a batch row has tokens without a column: a global prompt, seen everywhere. */
function seesOthers({ stack, tokens }: StackJob, row: number, biased: readonly RegionalLayer[]): boolean {
  const padded = stack.layers.find((layer) => layer.kind === 'padding');
  const length = padded?.lengths[row] ?? tokens;
  const claimed = new Uint8Array(tokens);
  for (const { start, end } of biased) claimed.fill(1, start, end);
  return claimed.subarray(0, length).includes(0);
}

function addPerturbedInputs({ batch }: StackJob, layer: PerturbedLayer, acts: boolean, inputs: Map<string, FloatTensor>): void {
  const identity = floatTensor([batch, 1, 1]);
  if (acts) for (const row of layer.rows) identity.data[row] = 1;
  inputs.set(stackInputNames.perturbedIdentity(layer.id), identity);
  inputs.set(stackInputNames.perturbedKeep(layer.id), floatTensor([batch, 1, 1], identity.data.map((value) => 1 - value))); // prettier-ignore
}

function maskOf(masks: StackJob['masks'], id: string): LayerMask {
  const mask = masks.get(id);
  if (!mask) throw new RangeError(`layer "${id}" has a mask, but the job holds none for it`);
  return mask;
}
