import { basename } from 'node:path';
import { addLayers, controlNetStack, createStack } from '../../../kernels/attention/stack/stack.ts';
import type { AttentionLayer } from '../../../kernels/attention/stack/layers.ts';
import { layersAt, siteFactor } from '../../../kernels/attention/stack/layers.ts';
import type { Device } from '../../../kernels/attention/device/device.ts';
import { problemSize } from '../../../kernels/attention/ops/inputs.ts';
import type { AttentionAttributes } from '../../../kernels/attention-op/attributes.ts';
import type { Graph, Node } from '../../../kernels/graph/graph.ts';
import { elementCount } from '../../../kernels/tensor.ts';
import { unetConfig } from '../../../models/unet/config.ts';
import { buildControlNet } from '../../../models/controlnet/controlnet.ts';
import { buildUnet } from '../../../models/unet/unet.ts';
import type { ModelDescription } from '../../../models/checkpoint/types.ts';
import type { Recipe } from '../../contract/recipe.ts';
import type { StackDescription } from '../../contract/reports.ts';
import { openAddOns } from '../adapters/add-ons.ts';
import { modeRules } from '../adapters/control/residuals.ts';
import { chooseNodeOp, nodeInputs } from '../attention/resolve.ts';
import { addOnTexts } from './add-on-texts.ts';
import { planJob } from './prepare.ts';
import { loraTexts } from './lora-texts.ts';
import { plannedReferences } from './references.ts';

/** The attention stack of every attention of the UNet and of the ControlNets: chosen op, rejected ops with reasons, layers in order, bytes. */
export async function describeStack(
  recipe: Recipe,
  description: ModelDescription,
  device: Device,
  deviceName: string,
): Promise<StackDescription> {
  const addOns = await openAddOns(recipe, description);
  const { latents, hasNegative, batch } = planJob(recipe, description, addOns);
  const layers = [...plannedLayers(recipe, hasNegative ? 1 : 0, batch), ...plannedReferences(addOns, recipe, description)];
  const stack = addLayers(createStack(recipe.engine.attention), layers);
  const size = {
    batch,
    latentHeight: latents.height,
    latentWidth: latents.width,
    textLength: 77 * (1 + recipe.regions.length),
  };
  const unet = buildUnet(unetConfig(description.components.unet?.config), { ...size, stack });
  const attention = describeGraph(unet, stack.layers, device).map((site) => ({
    ...site,
    layers: [...site.layers, ...loraTexts(addOns.loras, site.name)],
  }));
  addOns.controls.forEach((control, i) => {
    if (control.kind !== 'controlnet') return;
    const isBoth = !modeRules[control.recipe.mode].positiveOnly;
    const own = controlNetStack(stack);
    const graph = buildControlNet(control.file.config, { ...size, batch: isBoth ? batch : Math.max(batch - 1, 1), stack: own });
    const sites = describeGraph(graph, own.layers, device);
    attention.push(...sites.map((site) => ({ ...site, name: `control ${i + 1}: ${site.name}` })));
  });
  const texts = addOnTexts(recipe, addOns);
  return { model: basename(description.path), family: description.family, device: deviceName, addOns: texts, attention };
}

function describeGraph(graph: Graph, layers: readonly AttentionLayer[], device: Device) {
  return graph.nodes.filter((node) => node.op === 'attention').map((node) => describeNode(node, layers, device));
}

/** The layers a recipe asks for, with a chunk of 77 tokens for each prompt. */
function plannedLayers(recipe: Recipe, first: number, batch: number): AttentionLayer[] {
  const rows = Array.from({ length: batch - first }, (_, i) => first + i);
  const prompts = recipe.regions.length === 0 ? [] : [undefined, ...recipe.regions];
  const regional = prompts.map((region, i): AttentionLayer => ({
    kind: 'regional',
    id: region ? `region ${i}` : 'prompt',
    rows,
    start: 77 * i,
    end: 77 * (i + 1),
    hasMask: region !== undefined,
    strength: region?.strength ?? 1,
    isolate: region?.isolate ?? false,
    range: region?.range ?? [0, 1],
  }));
  return recipe.capture ? [...regional, { kind: 'capture', id: 'capture' }] : regional;
}

function describeNode(node: Node, layers: readonly AttentionLayer[], device: Device) {
  const attributes = node.attributes as AttentionAttributes;
  const { op, rejected } = chooseNodeOp(node, device);
  const size = problemSize(nodeInputs(node));
  const baseBytes = op.scoreBytes(size, device);
  const isSelf = node.name.endsWith('attn1');
  const site = {
    name: node.name,
    kind: isSelf ? ('self' as const) : ('cross' as const),
    heads: attributes.heads,
    grid: { height: 1, width: 1 },
  };
  return {
    name: node.name,
    queries: size.queries,
    keys: size.keys,
    heads: attributes.heads,
    headSize: size.keyWidth,
    op: op.name,
    rejected: rejected.map(({ op: name, reasons }) => ({ op: name, reasons: [...reasons] })),
    layers: layersAt(layers, site).map((layer) => layerText(layer, node.name)),
    peakBytes: baseBytes + layerBytes(node),
    baseBytes,
  };
}

function layerText(layer: AttentionLayer, site: string): string {
  return layer.kind === 'ipAdapter' ? `ipAdapter "${layer.id}" at ${layer.scale * siteFactor(layer, site)}` : `${layer.kind} "${layer.id}"`;
}

/** Bytes that layers add to a node: bias factors and groups; of a layer's own attention, its keys, values and output. */
function layerBytes(node: Node): number {
  const isOfLayer = !/\.attn[12]$/.test(node.name);
  const values = isOfLayer ? [...node.inputs.slice(1), ...node.outputs] : node.inputs.slice(3);
  return values.reduce((sum, { shape }) => sum + 4 * elementCount(shape), 0);
}
