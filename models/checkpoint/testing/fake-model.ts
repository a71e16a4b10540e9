import type { HeaderEntry, JsonObject, ModelHeader, ModelIo } from '../types.ts';

/** A header with these tensors one behind the other, as f16. */
export function headerOf(
  shapes: Iterable<readonly [string, readonly number[]]>,
  metadata: ReadonlyMap<string, string> = new Map(),
): ModelHeader {
  const tensors = new Map<string, HeaderEntry>();
  let offset = 1000;
  for (const [name, shape] of shapes) {
    const bytes = shape.reduce((product, size) => product * size, 2);
    tensors.set(name, { dtype: 'F16', shape, offset, bytes });
    offset += bytes;
  }
  return { tensors, metadata };
}

/** A file system of headers, texts and JSON values by path. */
export function fakeIo(headers: Readonly<Record<string, ModelHeader>>, texts: Readonly<Record<string, string | JsonObject>> = {}): ModelIo {
  const paths = [...Object.keys(headers), ...Object.keys(texts)];
  return {
    kind: (path) => {
      if (paths.includes(path)) return Promise.resolve('file');
      return Promise.resolve(paths.some((known) => known.startsWith(`${path}/`)) ? 'folder' : 'missing');
    },
    list: (folder) => {
      const inside = paths.filter((path) => path.startsWith(`${folder}/`)).map((path) => path.slice(folder.length + 1));
      return Promise.resolve([...new Set(inside.map((path) => path.split('/')[0] ?? ''))]);
    },
    readText: (path) => {
      const found = texts[path];
      return Promise.resolve(found === undefined || typeof found === 'string' ? found : JSON.stringify(found));
    },
    header: (path) => {
      const found = headers[path];
      return found ? Promise.resolve(found) : Promise.reject(new RangeError(`no file ${path}`));
    },
    values: (location) => Promise.resolve(new Float32Array(location.bytes / 2).fill(0.5)),
  };
}

/** The LDM name of a diffusers UNet tensor, as loaders/single_file_utils.py of diffusers pairs them. */
export function ldmUnetNameOf(name: string, isXl: boolean): string {
  const resnet = (rest: string): string =>
    rest
      .replace('norm1.', 'in_layers.0.')
      .replace('conv1.', 'in_layers.2.')
      .replace('time_emb_proj.', 'emb_layers.1.')
      .replace('norm2.', 'out_layers.0.')
      .replace('conv2.', 'out_layers.3.')
      .replace('conv_shortcut.', 'skip_connection.');
  const fixed: [string, string][] = [
    ['time_embedding.linear_1.', 'time_embed.0.'],
    ['time_embedding.linear_2.', 'time_embed.2.'],
    ['add_embedding.linear_1.', 'label_emb.0.0.'],
    ['add_embedding.linear_2.', 'label_emb.0.2.'],
    ['conv_in.', 'input_blocks.0.0.'],
    ['conv_norm_out.', 'out.0.'],
    ['conv_out.', 'out.2.'],
    ['mid_block.attentions.0.', 'middle_block.1.'],
  ];
  for (const [from, to] of fixed) if (name.startsWith(from)) return to + name.slice(from.length);
  const middle = /^mid_block\.resnets\.(\d)\.(.+)$/.exec(name);
  if (middle) return `middle_block.${Number(middle[1]) * 2}.${resnet(middle[2] ?? '')}`;
  const match = /^(down|up)_blocks\.(\d)\.(resnets|attentions|downsamplers|upsamplers)\.(\d)\.(.+)$/.exec(name);
  if (!match) throw new RangeError(name);
  const [, side, block, kind, layer, rest = ''] = match;
  const index = 3 * Number(block) + Number(layer);
  if (kind === 'downsamplers') return `input_blocks.${3 * Number(block) + 3}.0.op.${rest.slice(5)}`;
  if (kind === 'upsamplers') return `output_blocks.${3 * Number(block) + 2}.${!isXl && block === '0' ? 1 : 2}.${rest}`;
  const place = side === 'down' ? `input_blocks.${index + 1}` : `output_blocks.${index}`;
  return kind === 'resnets' ? `${place}.0.${resnet(rest)}` : `${place}.1.${rest}`;
}

/** The LDM name of a diffusers VAE tensor with four levels. */
export function ldmVaeNameOf(name: string): string {
  const parts: [string, string][] = [['group_norm', 'norm'], ['to_q', 'q'], ['to_k', 'k'], ['to_v', 'v'], ['to_out.0', 'proj_out']]; // prettier-ignore
  let ldm = name
    .replace(/down_blocks\.(\d)\.resnets\.(\d)/, 'down.$1.block.$2')
    .replace(/down_blocks\.(\d)\.downsamplers\.0/, 'down.$1.downsample')
    .replace(/up_blocks\.(\d)\.resnets\.(\d)/, (_, level: string, layer: string) => `up.${3 - Number(level)}.block.${layer}`)
    .replace(/up_blocks\.(\d)\.upsamplers\.0/, (_, level: string) => `up.${3 - Number(level)}.upsample`)
    .replace(/mid_block\.resnets\.(\d)/, (_, layer: string) => `mid.block_${Number(layer) + 1}`)
    .replace('conv_norm_out', 'norm_out')
    .replace('conv_shortcut', 'nin_shortcut');
  for (const [diffusers, old] of parts) ldm = ldm.replace(`mid_block.attentions.0.${diffusers}.`, `mid.attn_1.${old}.`);
  return ldm;
}

/** OpenCLIP names and shapes of a text encoder of `layers` layers. */
export function* openClipShapes(prefix: string, layers: number, width: number, projection: number): Generator<[string, number[]]> {
  yield [`${prefix}token_embedding.weight`, [49408, width]];
  yield [`${prefix}positional_embedding`, [77, width]];
  yield [`${prefix}text_projection`, [width, projection]];
  yield [`${prefix}logit_scale`, []];
  for (const end of ['weight', 'bias']) yield [`${prefix}ln_final.${end}`, [width]];
  for (let i = 0; i < layers; i++) {
    const base = `${prefix}transformer.resblocks.${i}.`;
    for (const norm of ['ln_1', 'ln_2']) for (const end of ['weight', 'bias']) yield [`${base}${norm}.${end}`, [width]];
    yield [`${base}attn.in_proj_weight`, [3 * width, width]];
    yield [`${base}attn.in_proj_bias`, [3 * width]];
    yield [`${base}attn.out_proj.weight`, [width, width]];
    yield [`${base}attn.out_proj.bias`, [width]];
    yield [`${base}mlp.c_fc.weight`, [4 * width, width]];
    yield [`${base}mlp.c_fc.bias`, [4 * width]];
    yield [`${base}mlp.c_proj.weight`, [width, 4 * width]];
    yield [`${base}mlp.c_proj.bias`, [width]];
  }
}
