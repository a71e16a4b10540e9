import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openModel } from '../../models/checkpoint/open-model.ts';
import { modelFiles, openFileSource } from '../../src-main/engine/files.ts';
import { readExactly } from '../../src-main/formats/byte-source.ts';
import { writeSafetensors } from '../../src-main/formats/safetensors/write.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strata-attacks-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

function withLength(length: bigint, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(8 + body.length);
  new DataView(bytes.buffer).setBigUint64(0, length, true);
  bytes.set(body, 8);
  return bytes;
}

const tensors = (...names: string[]): Uint8Array =>
  writeSafetensors(new Map(names.map((name) => [name, { dtype: 'U8', shape: [1], data: Uint8Array.of(1) }])));
const valid = tensors('a');

const hugeShape = '{"a":{"dtype":"F32","shape":[2147483648,2147483648],"data_offsets":[0,4]}}';

/** The sentence a person sees for each odd file, with the file's name in place of the path. */
const bag: readonly (readonly [name: string, bytes: Uint8Array, code: string, sentence: string])[] = [
  ['empty.safetensors', new Uint8Array(0), 'tooSmall', 'file size in bytes: expected at least 8, found 0.'],
  ['seven.safetensors', new Uint8Array(7), 'tooSmall', 'expected at least 8, found 7.'],
  ['ff.safetensors', new Uint8Array(8).fill(255), 'headerTooLarge', 'expected at most 100000000, found 18446744073709551615.'],
  ['2-40.safetensors', withLength(2n ** 40n, text('{}')), 'headerTooLarge', 'found 1099511627776.'],
  ['cut.safetensors', valid.subarray(0, valid.length - 1), 'hole', 'bytes of data: expected 1, as its header says, found 0.'],
  ['longer.safetensors', Uint8Array.from([...valid, 0]), 'hole', 'bytes of data: expected 1, as its header says, found 2.'],
  [
    'huge-shape.safetensors',
    withLength(BigInt(hugeShape.length), text(`${hugeShape}....`)),
    'overflow',
    'Tensor "a": size in bits: expected below 2^64, found 147573952589676412928.',
  ],
  [
    'proto.safetensors',
    tensors('__proto__', 'constructor'),
    'unknownModel',
    'No known model has these 2 tensors (the first is "__proto__").',
  ],
  [
    'lora.safetensors',
    tensors('lora_te_text_model_encoder_layers_0_mlp_fc1.lora_up.weight'),
    'notAMainModel',
    'This is a LoRA (an add-on that changes a model)',
  ],
  [
    'pickle.safetensors',
    Uint8Array.from([0x80, 2, ...text('}q\0X\0\0\0os\nsystem\n.')]),
    'notSafetensors',
    'This is a Python pickle (.ckpt, .pt, .bin), which can run code when opened.',
  ],
  ['zip.safetensors', Uint8Array.from([0x50, 0x4b, 3, 4, ...new Uint8Array(60)]), 'notSafetensors', 'This is a zip archive'],
  ['page.safetensors', text('<!DOCTYPE html><title>Log in</title>'), 'notSafetensors', 'This is a web page'],
  ['m.gguf', text('GGUF\u0003\0\0\0 and more'), 'notSafetensors', 'This is a GGUF file'],
  ['m.onnx', Uint8Array.from([8, 9, 0x12, 7, ...text('pytorch'), 0x3a, 0]), 'notSafetensors', 'This is an ONNX graph'],
  [
    'picture.safetensors',
    Uint8Array.from([0x89, ...text('PNG\r\n\u001a\n'), ...new Uint8Array(30)]),
    'notSafetensors',
    'This is a PNG picture',
  ],
  ['model.ckpt', valid, 'pickleRefused', 'This is a Python pickle by its name'],
  ['readme.txt', text('Put your models here. '.repeat(9)), 'headerTooLarge', 'This is not a valid safetensors file.'],
];

describe('an odd model file costs a sentence', () => {
  it.each(bag)('%s', async (name, bytes, code, sentence) => {
    const path = join(folder, name);
    await writeFile(path, bytes);
    const before = await readdir(folder);
    const refused = openModel(path, modelFiles);
    await expect(refused).rejects.toMatchObject({ code, message: expect.stringContaining(sentence) as string });
    await expect(refused).rejects.toMatchObject({ message: expect.stringContaining(name) as string });
    expect(await readdir(folder)).toEqual(before);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it('when 200,001 tensors are declared', async () => {
    const path = join(folder, 'many.safetensors');
    const header = text(`{${Array.from({ length: 200_001 }, (_, i) => `"${i}":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`).join()}}`);
    await writeFile(path, withLength(BigInt(header.length), header));
    await expect(openModel(path, modelFiles)).rejects.toMatchObject({ code: 'tooManyTensors' });
  });

  it('when its name is of emoji or runs from right to left', async () => {
    for (const name of ['🦊 fox.safetensors', 'נמר.safetensors', 'a\u202Efsa.safetensors']) {
      await writeFile(join(folder, name), valid);
      await expect(openModel(join(folder, name), modelFiles)).rejects.toMatchObject({ code: 'unknownModel' });
    }
  });

  it('when the path is missing, a folder without a model, or has a NUL', async () => {
    await expect(openModel(join(folder, 'none'), modelFiles)).rejects.toMatchObject({ code: 'modelMissing' });
    await expect(openModel(folder, modelFiles)).rejects.toMatchObject({ code: 'unknownModel' });
    await expect(openModel(`${folder}/a\0b`, modelFiles)).rejects.toMatchObject({ code: 'modelMissing' });
  });

  it('when a link points to itself', async () => {
    const path = join(folder, 'loop.safetensors');
    await symlink(path, path).catch(() => undefined);
    await expect(openModel(path, modelFiles)).rejects.toMatchObject({ code: 'modelMissing' });
  });
});

describe('a file that changes under us', () => {
  it('is noticed when it is cut before its data are read', async () => {
    const path = join(folder, 'shrinks.safetensors');
    await writeFile(path, valid);
    await using source = await openFileSource(path);
    await writeFile(path, valid.subarray(0, 20));
    await expect(readExactly(source, 0, valid.length)).rejects.toMatchObject({ code: 'changedOnDisk' });
    await expect(source.checkUnchanged()).rejects.toMatchObject({ code: 'changedOnDisk' });
  });
});
