import { rmSync, writeFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { onnxCpuDevice } from '../../kernels/attention/device/device.ts';
import { openModel } from '../../models/checkpoint/open-model.ts';
import { recipeSchema } from '../../src-main/contract/recipe.ts';
import { modelFiles } from '../../src-main/engine/files.ts';
import { describeStack } from '../../src-main/engine/jobs/describe.ts';
import { writeSafetensors } from '../../src-main/formats/safetensors/write.ts';
import { writeControlNet, writeIpAdapter } from './toy-add-ons.ts';
import { temporaryFolder, toyModelPath, toyUnet } from './toy-job.ts';
import { randomTensor, writeLora } from './toy-loras.ts';

const folder = temporaryFolder();

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a description says what was found in the files of LoRAs, embeddings, controls and references', async () => {
  const description = await openModel(toyModelPath, modelFiles);
  const lora = writeLora(`${folder}/ink.safetensors`, description, (tensors) =>
    tensors.set('lora_unet_gone.alpha', randomTensor([], 1, 1)),
  );
  writeFileSync(`${folder}/night.safetensors`, writeSafetensors(new Map([['emb_params', randomTensor([3, 48], 4, 1)]])));
  const picture = 'not read';
  const recipe = recipeSchema.parse({
    prompt: 'a cat :0.7 AND a dog',
    seed: 1,
    size: { width: 64, height: 64 },
    loras: [{ file: lora, weight: 0.5, textWeight: 0.25 }],
    embeddings: [{ file: `${folder}/night.safetensors`, word: 'dark' }],
    controls: [{ model: writeControlNet(`${folder}/net`, toyUnet), picture, range: [0, 0.5], mode: 'prompt' }],
    references: [{ model: writeIpAdapter(`${folder}/ip`, toyUnet), picture, mask: { asset: 'left' } }],
  });
  const { addOns, attention } = await describeStack(recipe, description, onnxCpuDevice, 'CPU');
  expect(addOns.map((line) => line.replaceAll(folder, ''))).toEqual([
    'prompt: 2 joined by AND, predicted one by one, weights 0.7, 1',
    expect.stringMatching(
      /^LoRA \/ink.safetensors at 0.5 \(text 0.25\): \d+ layers of the UNet, \d+ of the text encoders \(\d+ lora\); 1 tensors have no place/,
    ),
    'embedding /night.safetensors: 3 vectors for "dark"',
    'control 1: ControlNet /net, prompt, strength 1, steps from 0 to before 0.5',
    'reference 1: IP-Adapter /ip/ip-adapter.safetensors (base, 4 tokens) with /ip/image_encoder, weight 1, full, masked',
  ]);
  expect(attention.some(({ layers }) => layers.some((layer) => layer.startsWith('ipAdapter')))).toBe(true);
});
