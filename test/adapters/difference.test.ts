import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Graph } from '../../kernels/graph/graph.ts';
import type { TensorToWrite } from '../../src-main/formats/safetensors/write.ts';
import type { LoadedModel } from '../../src-main/engine/model/loaded-model.ts';
import type { WeightStore } from '../../src-main/engine/weights.ts';
import { writeControlNet } from './toy-add-ons.ts';
import { draw, meanChange, openToyModel, temporaryFolder, toyUnet, writePicture } from './toy-job.ts';

const folder = temporaryFolder();
const compiled: { readonly graph: Graph; readonly weights: WeightStore }[] = [];
/** The whole net, and the same as differences from the model. */
const files = { whole: new Map<string, TensorToWrite>(), difference: new Map<string, TensorToWrite>() };
let model: LoadedModel;
let picture: string;
let subtracted = 0;

beforeAll(async () => {
  model = await openToyModel({ compiled: (graph, weights) => void compiled.push({ graph, weights }) });
  picture = await writePicture(`${folder}/picture.png`);
  const base = new Map<string, Float32Array>();
  const unet = model.description.components.unet!.weights;
  for (const [name, { shape }] of unet) base.set(name, await model.weights('unet').read(name, shape));
  writeControlNet(`${folder}/whole`, toyUnet, (tensors) => tensors.forEach((tensor, name) => files.whole.set(name, tensor)));
  writeControlNet(`${folder}/difference`, toyUnet, (tensors) => {
    for (const [name, { dtype, shape, data }] of tensors) {
      if (unet.get(name)?.shape.join() !== shape.join()) continue;
      tensors.set(name, { dtype, shape, data: (data as Float32Array).map((value, i) => value - base.get(name)![i]!) });
      subtracted++;
    }
    tensors.set('difference', { dtype: 'F32', shape: [], data: Float32Array.of(0) });
    tensors.forEach((tensor, name) => files.difference.set(name, tensor));
  });
});

afterAll(async () => {
  await model.release();
  rmSync(folder, { recursive: true, force: true });
});

const control = (name: string) => ({ controls: [{ model: `${folder}/${name}`, picture }] });

test('a difference file runs with the weights of the model plus its own: those of the whole net', async () => {
  expect(subtracted).toBeGreaterThan(100);
  compiled.length = 0;
  await draw(model, control('difference'));
  const nets = compiled.filter(({ graph }) => graph.outputs.has('mid') || graph.weights.some(({ name }) => name.startsWith('controlnet_')));
  expect(nets.length).toBeGreaterThan(0);
  let [read, changed] = [0, 0];
  for (const { graph, weights } of nets) {
    for (const { name, shape } of graph.weights) {
      const found = await weights.read(name, shape);
      const expected = files.whole.get(name)!.data as Float32Array;
      const stored = files.difference.get(name)!.data as Float32Array;
      expect(Math.max(...found.map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThan(1e-6);
      if (stored.some((value, i) => Math.abs(value - found[i]!) > 1e-3)) changed++;
      read++;
    }
  }
  expect(read).toBeGreaterThan(150);
  expect(changed).toBeGreaterThan(80);
});

test('and draws what the whole net draws', async () => {
  const plain = (await draw(model, {})).picture;
  const whole = (await draw(model, control('whole'))).picture;
  expect(meanChange(plain, whole)).toBeGreaterThan(0.5);
  expect(meanChange((await draw(model, control('difference'))).picture, whole)).toBeLessThan(0.01);
});
