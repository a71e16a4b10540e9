import { withEightBit } from '../../../kernels/eight-bit/pass.ts';
import { hoistInvariant } from '../../../kernels/graph/passes.ts';
import type { Graph } from '../../../kernels/graph/graph.ts';
import type { ComponentName, ModelDescription } from '../../../models/checkpoint/types.ts';
import { buildClipText, type ClipTextRequest } from '../../../models/clip-text/clip-text.ts';
import { clipTextConfig, type ClipTextConfig } from '../../../models/clip-text/config.ts';
import { isInvariantLoraInput } from '../../../models/lora/gates.ts';
import { unetConfig, type UnetConfig } from '../../../models/unet/config.ts';
import { buildUnet, isStepInvariantInput, type UnetRequest } from '../../../models/unet/unet.ts';
import { vaeConfig, type VaeConfig } from '../../../models/vae/config.ts';
import { buildVaeDecoder, buildVaeEncoder } from '../../../models/vae/vae.ts';
import { AppError } from '../../contract/errors.ts';
import type { Precision } from '../../contract/recipe.ts';
import type { Backend, Executable, TensorMap } from '../backends/backend.ts';
import { graphKey } from '../attention/graph-key.ts';
import { weightStore, type WeightStore } from '../weights.ts';

/** A UNet ready to run: what is computed once a job, and what is computed every step. */
export interface CompiledUnet {
  readonly prologue: Executable | undefined;
  readonly step: Executable;
}

export type TextEncoderName = 'text_encoder' | 'text_encoder_2';

/** Weights beside or in place of a network's own: an adapter's layers, merged values. */
export interface WeightLayer {
  /** Says which values these are: graphs compiled with equal keys are shared. */
  readonly key: string;
  over(base: WeightStore): WeightStore | Promise<WeightStore>;
  /** Changes the graph itself: adds paths beside its layers. The key must tell these graphs apart too. */
  extend?(graph: Graph): Graph;
  /** Completes the inputs of a run with those that `extend` added and that stay the same for a job. No part of the key. */
  bind?(inputs: TensorMap): TensorMap;
}

/** A network that is no part of the model: a ControlNet, an image encoder. */
export type AddOnName = `add-on ${string}`;

/**
 * A model opened on one back end. Graphs are compiled when first asked for and kept until their part is released; weights stay in
 * the user's files.
 */
export class LoadedModel {
  readonly description: ModelDescription;
  readonly backend: Backend;
  readonly unetConfig: UnetConfig;
  readonly vaeConfig: VaeConfig;
  readonly #compiled = new Map<ComponentName | AddOnName, Map<string, Promise<readonly (Executable | undefined)[]>>>();
  readonly #stores = new Map<ComponentName, WeightStore>();
  readonly #layerKeys = new Map<ComponentName, string>();

  constructor(description: ModelDescription, backend: Backend) {
    this.description = description;
    this.backend = backend;
    this.unetConfig = unetConfig(this.#component('unet').config);
    this.vaeConfig = vaeConfig(this.#component('vae').config);
  }

  /** In the order in which their features are joined. */
  get textEncoders(): readonly TextEncoderName[] {
    return (['text_encoder', 'text_encoder_2'] as const).filter((name) => this.description.components[name]);
  }

  textConfig(name: TextEncoderName): ClipTextConfig {
    return clipTextConfig(this.#component(name).config);
  }

  async text(name: TextEncoderName, request: ClipTextRequest, layers: readonly WeightLayer[] = []): Promise<Executable> {
    await this.#keepLayers(name, layers);
    const build = () => [extended(buildClipText(this.textConfig(name), request), layers)];
    const [executable] = await this.#compile(name, keyOf(request, layers), build, () => layered(this.#store(name), layers));
    return bound(executable!, layers);
  }

  async unet(request: UnetRequest, layers: readonly WeightLayer[] = [], precision: Precision = 'full'): Promise<CompiledUnet> {
    await this.#keepLayers('unet', layers);
    const build = () => {
      const split = hoistInvariant(extended(buildUnet(this.unetConfig, request), layers), isInvariant);
      return [inPrecision(split.step, precision), split.prologue];
    };
    const key = keyOf({ ...request, precision, stack: request.stack && graphKey(request.stack) }, layers);
    const [step, prologue] = await this.#compile('unet', key, build, () => layered(this.#store('unet'), layers));
    return { step: bound(step!, layers), prologue: prologue && bound(prologue, layers) };
  }

  /** Graphs of a network that is no part of the model, compiled on its back end and kept until that add-on is released. */
  async addOn(
    name: AddOnName,
    key: string,
    build: () => readonly (Graph | undefined)[],
    store: WeightStore | (() => Promise<WeightStore>),
  ): Promise<readonly (Executable | undefined)[]> {
    return this.#compile(name, key, build, store);
  }

  /** Gives back the add-ons that are not among those named. */
  async keepAddOns(names: ReadonlySet<AddOnName>): Promise<void> {
    for (const part of [...this.#compiled.keys()]) if (isAddOn(part) && !names.has(part)) await this.release(part);
  }

  /** Where the weights of a part lie. */
  weights(part: ComponentName): WeightStore {
    return this.#store(part);
  }

  async vaeEncoder(height: number, width: number): Promise<Executable> {
    const build = () => [buildVaeEncoder(this.vaeConfig, 1, height, width)];
    return (await this.#compile('vae', `encode ${height} ${width}`, build, this.#store('vae')))[0]!;
  }

  async vaeDecoder(latentHeight: number, latentWidth: number): Promise<Executable> {
    const build = () => [buildVaeDecoder(this.vaeConfig, 1, latentHeight, latentWidth)];
    return (await this.#compile('vae', `decode ${latentHeight} ${latentWidth}`, build, this.#store('vae')))[0]!;
  }

  /** Drops the compiled graphs of a part, or of all parts. */
  async release(part?: ComponentName | AddOnName): Promise<void> {
    const parts = part === undefined ? [...this.#compiled.keys()] : [part];
    for (const name of parts) {
      const graphs = this.#compiled.get(name);
      this.#compiled.delete(name);
      for (const compiling of graphs?.values() ?? []) for (const executable of await compiling) await executable?.dispose();
    }
  }

  /** Networks with other add-ons than before would hold their weights a second time: they are given back first. */
  async #keepLayers(part: ComponentName, layers: readonly WeightLayer[]): Promise<void> {
    const key = keyOf({}, layers);
    const before = this.#layerKeys.get(part);
    this.#layerKeys.set(part, key);
    if (before !== undefined && before !== key) await this.release(part);
  }

  #compile(
    part: ComponentName | AddOnName,
    key: string,
    build: () => readonly (Graph | undefined)[],
    store: WeightStore | (() => Promise<WeightStore>),
  ): Promise<readonly (Executable | undefined)[]> {
    const graphs = this.#compiled.get(part) ?? new Map<string, Promise<readonly (Executable | undefined)[]>>();
    this.#compiled.set(part, graphs);
    const known = graphs.get(key);
    if (known) {
      graphs.delete(key);
      graphs.set(key, known);
      return known;
    }
    const compiling = (async () => {
      const weights = typeof store === 'function' ? await store() : store;
      return Promise.all(build().map(async (graph) => (graph ? this.backend.compile(graph, weights) : undefined)));
    })();
    graphs.set(key, compiling);
    compiling.catch(() => graphs.delete(key));
    return evictOldest(graphs, keptGraphs(part)).then(() => compiling);
  }

  #store(part: ComponentName): WeightStore {
    const store = this.#stores.get(part) ?? weightStore(this.#component(part).weights);
    this.#stores.set(part, store);
    return store;
  }

  #component(name: ComponentName) {
    const component = this.description.components[name];
    if (component) return component;
    const found = Object.keys(this.description.components).join(', ');
    const message = `The model ${this.description.path} has no ${name}: expected it to draw, found ${found || 'nothing'}.`;
    throw new AppError('missingComponent', message, { path: this.description.path, expected: name, found });
  }
}

/**
 * Graphs of one part that are kept: each has memory of its own for all weights, and sizes and prompts change from job to job. Tiles
 * at the edges need up to four of a VAE.
 */
function keptGraphs(part: ComponentName | AddOnName): number {
  return part === 'unet' || isAddOn(part) ? 2 : 8;
}

async function evictOldest(graphs: Map<string, Promise<readonly (Executable | undefined)[]>>, kept: number): Promise<void> {
  for (const [key, compiled] of graphs) {
    if (graphs.size <= kept) return;
    graphs.delete(key);
    for (const executable of await compiled) await executable?.dispose();
  }
}

/** A step's graph in the precision of a recipe. */
export function inPrecision(graph: Graph, precision: Precision): Graph {
  return precision === 'fast' ? withEightBit(graph) : graph;
}

function keyOf(request: object, layers: readonly WeightLayer[]): string {
  return [JSON.stringify(request), ...layers.map(({ key }) => key)].join(' | ');
}

async function layered(base: WeightStore, layers: readonly WeightLayer[]): Promise<WeightStore> {
  let store = base;
  for (const layer of layers) store = await layer.over(store);
  return store;
}

function extended(graph: Graph, layers: readonly WeightLayer[]): Graph {
  return layers.reduce((result, layer) => layer.extend?.(result) ?? result, graph);
}

/** The executable with the inputs of the layers filled in. */
function bound(executable: Executable, layers: readonly WeightLayer[]): Executable {
  const binding = layers.filter((layer) => layer.bind);
  if (binding.length === 0) return executable;
  const complete = (inputs: TensorMap) => binding.reduce((all, layer) => layer.bind!(all), inputs);
  return { run: (inputs) => executable.run(complete(inputs)), dispose: () => executable.dispose() };
}

function isInvariant(name: string): boolean {
  return isStepInvariantInput(name) || isInvariantLoraInput(name);
}

function isAddOn(part: ComponentName | AddOnName): part is AddOnName {
  return part.startsWith('add-on ');
}
