import { describe, expect, test } from 'vitest';
import { siteFactor } from '../../../../kernels/attention/stack/layers.ts';
import { stackInputNames } from '../../../../kernels/attention/stack/plan.ts';
import { addLayers, createStack } from '../../../../kernels/attention/stack/stack.ts';
import { floatTensor } from '../../../../kernels/tensor.ts';
import { fixedStackInputs } from '../../attention/stack-inputs.ts';
import { encoderPixels } from './preprocess.ts';
import { referenceLayer, tokenRows } from './references.ts';

const traits = { id: 'reference 1', weight: 0.5, range: [0, 1] as const };
const size = { count: 1, width: 2 };
const sites = {
  early: 'down_blocks.1.attentions.0.transformer_blocks.0.attn2',
  composition: 'down_blocks.2.attentions.1.transformer_blocks.3.attn2',
  middle: 'mid_block.attentions.0.transformer_blocks.0.attn2',
  style: 'up_blocks.0.attentions.1.transformer_blocks.3.attn2',
  styleSd1: 'up_blocks.1.attentions.1.transformer_blocks.0.attn2',
};

/** Names of the sites where a reference acts. */
function actsAt(method: 'full' | 'style' | 'composition' | 'precise', family: 'sd1' | 'sdxl'): string[] {
  const layer = referenceLayer({ ...traits, method }, size, family);
  return Object.entries(sites).flatMap(([name, site]) => (siteFactor(layer, site) === 0 ? [] : [name]));
}

describe('The method of a reference', () => {
  test('chooses blocks by the family', () => {
    expect(actsAt('full', 'sd1')).toEqual(Object.keys(sites));
    expect(actsAt('style', 'sdxl')).toEqual(['style']);
    expect(actsAt('composition', 'sdxl')).toEqual(['composition']);
    expect(actsAt('style', 'sd1')).toEqual(['styleSd1']);
    expect(actsAt('composition', 'sd1')).toEqual(['composition', 'middle']);
    expect(actsAt('precise', 'sdxl')).toEqual(['composition', 'style']);
  });

  test('called precise gives the composition blocks the picture on the negative side and nothing on the positive one', () => {
    const tokens = tokenRows(
      { negative: floatTensor([1, 1, 2], Float32Array.of(1, 2)), positive: floatTensor([1, 1, 2], Float32Array.of(3, 4)) },
      2,
    );
    const layer = referenceLayer({ ...traits, method: 'precise' }, size, 'sd1');
    const inputs = fixedStackInputs({
      stack: addLayers(createStack(), [layer]), batch: 2, tokens: 77, grids: [], masks: new Map(), pictures: new Map([[layer.id, tokens]]),
    }); // prettier-ignore
    expect([...inputs.get(stackInputNames.ipTokens(layer.id))!.data]).toEqual([1, 2, 3, 4]);
    expect([...inputs.get(stackInputNames.ipSwappedTokens(layer.id))!.data]).toEqual([3, 4, 0, 0]);
  });
});

describe('A picture on its way to the image encoder', () => {
  test('loses what sticks out of the middle square', () => {
    const wide = {
      width: 8,
      height: 4,
      channels: 3,
      data: Uint8Array.from({ length: 96 }, (_, i) => (Math.floor(i / 3) % 8 < 2 ? 255 : 0)),
    };
    const { shape, data } = encoderPixels(wide, 4);
    expect(shape).toEqual([1, 3, 4, 4]);
    expect(new Set(data.subarray(0, 16)).size).toBe(1);
  });

  test('is normalised with the mean and deviation of its encoder', () => {
    const grey = { width: 2, height: 2, channels: 3, data: new Uint8Array(12).fill(255) };
    const { data } = encoderPixels(grey, 2);
    expect([data[0], data[4], data[8]].map((value) => value!.toFixed(4))).toEqual(['1.9303', '2.0749', '2.1459']);
  });
});
