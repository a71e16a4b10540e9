import { describe, expect, test } from 'vitest';
import { expectedUnet } from '../checkpoint/expected-unet.ts';
import { ldmUnetName } from '../checkpoint/ldm-unet-keys.ts';
import { sd1Unet, sdxlUnet } from '../checkpoint/testing/published-configs.ts';
import { loraKeyTable } from './key-table.ts';
import { ldmUnetModule } from './ldm-module.ts';
import { splitName } from './parts.ts';

const sd1 = [...expectedUnet(sd1Unet).keys()];
const sdxl = [...expectedUnet(sdxlUnet).keys()];
const text = [
  'text_model.encoder.layers.0.self_attn.q_proj.weight',
  'text_model.encoder.layers.0.self_attn.out_proj.weight',
  'text_model.encoder.layers.0.mlp.fc1.weight',
];
const table = loraKeyTable({ unet: sdxl, text_encoder: text, text_encoder_2: text });

const toQ = 'down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q';
const ldmToQ = 'input_blocks.4.1.transformer_blocks.0.attn1.to_q';
const toOut = 'up_blocks.0.attentions.2.transformer_blocks.9.attn2.to_out.0';

function targetOf(name: string): string | undefined {
  const target = table.get(splitName(name)?.stem ?? '');
  return target && `${target.component} ${target.module}`;
}

describe('the key table', () => {
  test.each([
    ['kohya with diffusers paths', `lora_unet_${toQ.replaceAll('.', '_')}.lora_down.weight`, `unet ${toQ}`],
    ['kohya with LDM paths', `lora_unet_${ldmToQ.replaceAll('.', '_')}.alpha`, `unet ${toQ}`],
    ['LyCORIS', `lycoris_${toQ.replaceAll('.', '_')}.hada_w1_a`, `unet ${toQ}`],
    ['diffusers with PEFT', `unet.${toQ}.lora_A.weight`, `unet ${toQ}`],
    ['PEFT with an adapter name', `base_model.model.${toQ}.lora_B.default.weight`, `unet ${toQ}`],
    ['a bundle with LDM paths', `diffusion_model.${ldmToQ}.lora_A.weight`, `unet ${toQ}`],
    ['old attention processors', `unet.${toQ.replace('.to_q', '.processor.to_q')}_lora.down.weight`, `unet ${toQ}`],
    ['old processors of the output', `unet.${toOut.replace('.to_out.0', '.processor.to_out')}_lora.up.weight`, `unet ${toOut}`],
    ['diffusers before PEFT', `unet.${toOut}.lora.up.weight`, `unet ${toOut}`],
    ['kohya of the first text encoder', 'lora_te1_text_model_encoder_layers_0_mlp_fc1.lora_up.weight', 'text_encoder text_model.encoder.layers.0.mlp.fc1'],
    ['kohya of the second', 'lora_te2_text_model_encoder_layers_0_mlp_fc1.lora_up.weight', 'text_encoder_2 text_model.encoder.layers.0.mlp.fc1'],
    ['PEFT of a text encoder', 'text_encoder_2.text_model.encoder.layers.0.self_attn.q_proj.lora_A.weight', 'text_encoder_2 text_model.encoder.layers.0.self_attn.q_proj'],
    ['text encoders without their first name', 'text_encoder.encoder.layers.0.mlp.fc1.lora_A.weight', 'text_encoder text_model.encoder.layers.0.mlp.fc1'],
    ['old text processors', 'text_encoder.text_model.encoder.layers.0.self_attn.to_out_lora.up.weight', 'text_encoder text_model.encoder.layers.0.self_attn.out_proj'],
    ['old linear layers', 'text_encoder.text_model.encoder.layers.0.self_attn.q_proj.lora_linear_layer.up.weight', 'text_encoder text_model.encoder.layers.0.self_attn.q_proj'],
    ['norms', 'lora_unet_input_blocks_4_1_norm.w_norm', 'unet down_blocks.1.attentions.0.norm'],
  ])('knows the names of %s', (_, name, expected) => expect(targetOf(name)).toBe(expected)); // prettier-ignore

  test('has no place for the layers of other families', () => {
    expect(targetOf('lora_unet_double_blocks_0_img_attn_qkv.lora_down.weight')).toBeUndefined();
    expect(targetOf('transformer.transformer_blocks.0.attn.to_q.lora_A.weight')).toBeUndefined();
  });
});

test.each([
  ['SD1', sd1],
  ['SDXL', sdxl],
] as const)('LDM paths of a UNet of %s lead back to the names they were made from', (_, names) => {
  const ldmName = ldmUnetModule(new Set(names.map((name) => name.replace(/\.(weight|bias)$/, ''))));
  for (const name of names) {
    const [, module = '', end = ''] = /^(.*)\.(weight|bias)$/.exec(name) ?? [];
    expect(ldmUnetName(`${ldmName(module)}.${end}`, 3)).toBe(name);
  }
});
