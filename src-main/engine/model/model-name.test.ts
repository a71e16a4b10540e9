import { expect, test } from 'vitest';
import { modelName } from './model-name.ts';

test.each([
  ['/models/Juniper 1.5.safetensors', 'Juniper 1.5.safetensors'],
  ['/models/starter/', 'starter'],
  ['/models/lines-sd15/diffusion_pytorch_model.safetensors', 'lines-sd15'],
  ['C:\\models\\canny\\diffusion_pytorch_model.fp16.safetensors', 'canny'],
  ['/models/style/pytorch_lora_weights.safetensors', 'style'],
  ['model.safetensors', 'model.safetensors'],
])('%s is called %s', (path, name) => {
  expect(modelName(path)).toBe(name);
});
