import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createStack } from '../../../../kernels/attention/stack/stack.ts';
import { floatTensor, type FloatTensor, type Tensor } from '../../../../kernels/tensor.ts';
import { openModel } from '../../../../models/checkpoint/open-model.ts';
import { recipeSchema, type RecipeInput } from '../../../contract/recipe.ts';
import { writeSafetensors } from '../../../formats/safetensors/write.ts';
import type { Backend } from '../../backends/backend.ts';
import { onnxBackend } from '../../backends/onnx/onnx.ts';
import { modelFiles } from '../../files.ts';
import { unetLoras } from '../../jobs/loras.ts';
import { LoadedModel } from '../../model/loaded-model.ts';
import { checkLoras, openLoras } from './open-loras.ts';

const modelPath = fileURLToPath(new URL('../../../../test/golden/copy/models/tiny-sd15-f16.safetensors', import.meta.url));
const latents = { height: 4, width: 6 };
const site = 'lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q';
const conv = 'lora_unet_up_blocks_3_resnets_2_conv1';

let folder: string;
let model: LoadedModel;
let compiled = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strata-lora-'));
  const onnx = onnxBackend({ threads: 1 });
  const counting: Backend = { ...onnx, compile: (graph, weights) => (compiled++, onnx.compile(graph, weights)) };
  model = new LoadedModel(await openModel(modelPath, modelFiles), counting);
  const unet = (name: string) => model.description.components.unet!.weights.get(name)!.shape;
  const [width = 0] = unet('down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.weight');
  const [out = 0, inner = 0] = unet('up_blocks.3.resnets.2.conv1.weight');
  await writeLora('plain', { [`${site}.lora_down.weight`]: [2, width], [`${site}.lora_up.weight`]: [width, 2], [`${conv}.lora_down.weight`]: [2, inner, 3, 3], [`${conv}.lora_up.weight`]: [out, 2, 1, 1] }); // prettier-ignore
  await writeLora('hadamard', { [`${site}.hada_w1_a`]: [width, 2], [`${site}.hada_w1_b`]: [2, width], [`${site}.hada_w2_a`]: [width, 2], [`${site}.hada_w2_b`]: [2, width] }); // prettier-ignore
  await writeLora('difference', { [`${site}.diff`]: [width, width], [`${conv}.diff`]: [out, inner, 3, 3], [`${conv}.diff_b`]: [out] });
  await writeLora('last', { 'lora_unet_conv_out.lora_down.weight': [2, out, 3, 3], 'lora_unet_conv_out.lora_up.weight': [4, 2, 1, 1] });
  await writeLora('broken', { [`${site}.lora_down.weight`]: [2, width], [`${site}.lora_up.weight`]: [width, 2] }, NaN);
});

afterAll(async () => {
  await model.release();
  await rm(folder, { recursive: true, force: true });
});

async function writeLora(name: string, shapes: Readonly<Record<string, readonly number[]>>, last?: number): Promise<void> {
  const tensors = Object.entries(shapes).map(([key, shape], phase) => {
    const data = Float32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, (_, i) => Math.sin(i * 0.7 + phase));
    if (last !== undefined) data[data.length - 1] = last;
    return [key, { dtype: 'F32', shape, data }] as const;
  });
  await writeFile(join(folder, `${name}.safetensors`), writeSafetensors(new Map(tensors)));
}

const file = (name: string) => join(folder, `${name}.safetensors`);

function lorasOf(recipe: Omit<RecipeInput, 'prompt' | 'seed'>) {
  return openLoras(recipeSchema.parse({ prompt: '', seed: 0, ...recipe }), model.description);
}

/** One call of the UNet with the LoRAs of a recipe; the mask is that of all its regions. */
async function draw(input: Omit<RecipeInput, 'prompt' | 'seed'>, mask = new Float32Array(24).fill(1), step = 0): Promise<Float32Array> {
  const recipe = recipeSchema.parse({ prompt: '', seed: 0, ...input });
  const loras = await lorasOf(input);
  const stack = createStack();
  const regionMasks = recipe.regions.map(() => ({ mask: { ...latents, data: mask }, isSoft: false }));
  const job = { stack, batch: 1, tokens: 5, grids: [], masks: new Map() };
  const { layers, stepInputs } = unetLoras({ recipe, loras, model, job, latents, regionMasks });
  const request = { batch: 1, latentHeight: latents.height, latentWidth: latents.width, textLength: 5, stack };
  const unet = await model.unet(request, layers);
  const wave = (shape: readonly number[]): FloatTensor => {
    const tensor = floatTensor(shape);
    tensor.data.forEach((_, i) => (tensor.data[i] = Math.sin(i)));
    return tensor;
  };
  const fixed = new Map<string, Tensor>([['encoder_hidden_states', wave([1, 5, model.unetConfig.crossAttentionDim])]]);
  const hoisted = (await unet.prologue?.run(fixed)) ?? new Map<string, Tensor>();
  const sample = new Map<string, Tensor>([
    ['sample', wave([1, 4, latents.height, latents.width])],
    ['timestep', floatTensor([1], Float32Array.of(500))],
  ]);
  const results = await unet.step.run(new Map([...fixed, ...hoisted, ...sample, ...stepInputs(step, 10)]));
  return results.get('out')!.data as Float32Array;
}

function distance(a: Float32Array, b: Float32Array): number {
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));
}

const region = { mask: { rectangle: { x: 0, y: 0, width: 8, height: 8 } } };

describe('a LoRA over a UNet', () => {
  test('compiles nothing for another strength, and acts by it', async () => {
    const half = await draw({ loras: [{ file: file('plain'), weight: 0.5 }] });
    const before = compiled;
    const off = await draw({ loras: [{ file: file('plain'), weight: 0 }] });
    expect(compiled).toBe(before);
    expect(distance(off, await draw({}))).toBeLessThan(1e-5);
    expect(distance(off, half)).toBeGreaterThan(1e-3);
  });

  test('in a region that covers all and acts at all steps is that LoRA everywhere', async () => {
    const everywhere = await draw({ loras: [{ file: file('plain'), weight: 0.7 }] });
    const inRegion = await draw({ regions: [{ ...region, loras: [{ file: file('plain'), weight: 0.7 }] }] });
    expect(distance(everywhere, inRegion)).toBeLessThan(1e-4);
  });

  test.each(['hadamard', 'difference'])(
    'of kind %s gives the same merged as beside the layers of a region that covers all',
    async (name) => {
      const merged = await draw({ loras: [{ file: file(name), weight: 0.3 }] });
      const beside = await draw({ regions: [{ ...region, loras: [{ file: file(name), weight: 0.3 }] }] });
      expect(distance(merged, beside)).toBeLessThan(1e-4);
      expect(distance(merged, await draw({}))).toBeGreaterThan(1e-3);
    },
  );

  test('in a region does nothing outside of its steps, nor without pixels', async () => {
    const plain = await draw({});
    const late = { regions: [{ ...region, range: [0.5, 1] as [number, number], loras: [{ file: file('plain') }] }] };
    expect(distance(await draw(late, undefined, 4), plain)).toBeLessThan(1e-5);
    expect(distance(await draw(late, undefined, 5), plain)).toBeGreaterThan(1e-3);
    expect(distance(await draw({ regions: [{ ...region, loras: [{ file: file('plain') }] }] }, new Float32Array(24)), plain)).toBeLessThan(1e-5); // prettier-ignore
  });

  test('in a region changes its pixels more than the others', async () => {
    const mask = Float32Array.from({ length: 24 }, (_, i) => (i % 6 < 2 ? 1 : 0));
    const plain = await draw({});
    const gated = await draw({ regions: [{ ...region, loras: [{ file: file('last') }] }] }, mask);
    const change = (column: number) => Math.max(...gated.map((value, i) => (i % 6 === column ? Math.abs(value - plain[i]!) : 0)));
    expect(change(0)).toBeGreaterThan(5 * change(5));
  });

  test('listed twice adds up', async () => {
    const twice = await draw({ loras: [{ file: file('plain'), weight: 0.2 }, { file: file('plain'), weight: 0.5 }] }); // prettier-ignore
    expect(distance(twice, await draw({ loras: [{ file: file('plain'), weight: 0.7 }] }))).toBeLessThan(1e-4);
  });
});

describe('opening LoRAs', () => {
  test('of a prompt looks for their names beside the model and says where', async () => {
    const opening = openLoras(recipeSchema.parse({ prompt: 'a house <lora:houses:0.5>', seed: 0 }), model.description);
    await expect(opening).rejects.toMatchObject({ code: 'addOnMissing', message: expect.stringContaining('There is no LoRA "houses"') });
  });

  test('takes both strengths that a prompt gives', async () => {
    const recipe = recipeSchema.parse({ prompt: `<lora:${file('plain')}:0.5:0.8>`, seed: 0 });
    const [lora] = await openLoras(recipe, model.description);
    expect([lora?.textStrength, lora?.strength, lora?.region]).toEqual([0.5, 0.8, undefined]);
  });

  test('with values that are no numbers is refused with the file and the layer', async () => {
    const loras = await lorasOf({ loras: [{ file: file('broken') }] });
    await expect(checkLoras(loras)).rejects.toMatchObject({ code: 'nonFiniteWeights', message: expect.stringContaining('attn1.to_q') });
  });

  test('that are cut short is refused with the file', async () => {
    const bytes = writeSafetensors(new Map([['a.lora_up.weight', { dtype: 'F32', shape: [2, 2], data: new Float32Array(4) }]]));
    await writeFile(file('short'), bytes.subarray(0, bytes.length - 4));
    await expect(lorasOf({ loras: [{ file: file('short') }] })).rejects.toMatchObject({ message: expect.stringContaining(file('short')) });
  });
});
