import { describe, expect, it } from 'vitest';
import { loadTokenizer } from './load-tokenizer.ts';

describe('the CLIP vocabulary for single-file checkpoints', () => {
  it('has the ids of the published tokenizer', async () => {
    const tokenizer = await loadTokenizer({ padToken: '!', maxLength: 77 });
    expect([tokenizer.vocabularySize, tokenizer.beginId, tokenizer.endId, tokenizer.padId]).toEqual([49408, 49406, 49407, 0]);
    expect(tokenizer.encode('a photo of an astronaut riding a horse on mars')).toEqual([
      320, 1125, 539, 550, 18376, 6765, 320, 4558, 525, 7496,
    ]);
  });

  it('is refused with the path when its files cannot be read', async () => {
    const files = { vocab: '/nowhere/vocab.json', merges: '/nowhere/merges.txt' };
    await expect(loadTokenizer({ files, padToken: '!', maxLength: 77 })).rejects.toMatchObject({ code: 'badConfig' });
  });
});
