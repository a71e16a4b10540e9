import { rmSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openModel } from '../../models/checkpoint/open-model.ts';
import type { RecipeInput } from '../../src-main/contract/recipe.ts';
import { modelFiles } from '../../src-main/engine/files.ts';
import { referenceBackend } from '../../src-main/engine/backends/reference/reference.ts';
import { LoadedModel } from '../../src-main/engine/model/loaded-model.ts';
import { writeControlNet, writeIpAdapter, writeT2iAdapter } from './toy-add-ons.ts';
import { draw, meanChange, openToyModel, temporaryFolder, toyModelPath, toyUnet, writePicture } from './toy-job.ts';
import { asHadamard, writeLora } from './toy-loras.ts';

const folder = temporaryFolder();
let onnx: LoadedModel;
let reference: LoadedModel;
let guides: Record<'net' | 'soft' | 'adapter' | 'first' | 'second' | 'regions' | 'style' | 'merged', Partial<RecipeInput>>;

beforeAll(async () => {
  onnx = await openToyModel();
  reference = new LoadedModel(await openModel(toyModelPath, modelFiles), referenceBackend);
  const picture = await writePicture(`${folder}/picture.png`);
  const left = { rectangle: { x: 0, y: 0, width: 16, height: 32 } };
  const net = { model: writeControlNet(`${folder}/net`, toyUnet), picture };
  const ip = { model: writeIpAdapter(`${folder}/ip`, toyUnet), picture };
  const style = writeLora(`${folder}/style.safetensors`, onnx.description);
  const merged = writeLora(`${folder}/merged.safetensors`, onnx.description, asHadamard);
  guides = {
    style: { loras: [{ file: style, weight: 0.5, textWeight: 0.8 }] },
    merged: { loras: [{ file: merged, weight: 0.3 }] },
    net: { controls: [{ ...net, mask: left }] },
    soft: { controls: [{ ...net, mode: 'control', strength: 0.7 }] },
    adapter: {
      controls: [{ kind: 't2i-adapter', model: writeT2iAdapter(`${folder}/t2i`, toyUnet['block_out_channels'] as number[]), picture }],
    },
    first: { references: [{ ...ip, weight: 0.8, method: 'precise' }] },
    second: { references: [{ ...ip, weight: -0.4, mask: left }] },
    regions: {
      regions: [
        { mask: left, prompt: 'a dog', references: [ip], loras: [{ file: style, weight: 0.6 }] },
        { mask: { rectangle: { x: 8, y: 8, width: 24, height: 24 } }, prompt: 'a cat' },
      ],
    },
  };
});

afterAll(async () => {
  await onnx.release();
  rmSync(folder, { recursive: true, force: true });
});

test('any subset of guides draws on ONNX Runtime what the reference loops draw', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.constantFrom('net', 'soft', 'adapter', 'first', 'second', 'regions', 'style', 'merged')),
      async (names) => {
        const chosen = names.map((name) => guides[name as keyof typeof guides]);
        const recipe: Partial<RecipeInput> = {
          size: { width: 32, height: 32 },
          steps: 1,
          controls: chosen.flatMap(({ controls }) => controls ?? []),
          references: chosen.flatMap(({ references }) => references ?? []),
          regions: chosen.flatMap(({ regions }) => regions ?? []),
          loras: chosen.flatMap(({ loras }) => loras ?? []),
        };
        const [found, expected] = [await draw(onnx, recipe), await draw(reference, recipe)];
        expect(meanChange(found.picture, expected.picture)).toBeLessThan(0.02);
      },
    ),
    { numRuns: 6, seed: 11 },
  );
}, 120_000);
