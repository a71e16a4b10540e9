import { describe, expect, it } from 'vitest';
import { planEncoding, type PromptTokenizer } from './encoding-plan.ts';
import { parsePrompt } from './parse-prompt.ts';
import { awayFromEmpty, combineParts, mix, scaleKeepingMean, weighBlock } from './weighting.ts';

/** Every word and every mark is one token: words by number ("w7" is 7), "," is 90, "." is 91, "t" is a run of three added ids. */
const tokenizer: PromptTokenizer = {
  beginId: 98,
  endId: 99,
  padId: 0,
  maxLength: 12,
  vocabularySize: 100,
  encode: (text) =>
    (text.match(/\w+|[,.]/g) ?? []).flatMap((word) =>
      word === ',' ? [90] : word === '.' ? [91] : word === 't' ? [100, 101, 102] : [Number(word.slice(1))],
    ),
};
const words = (from: number, to: number): string => Array.from({ length: to - from + 1 }, (_, i) => `w${from + i}`).join(' ');
const ids = (text: string, syntax: 'a1111' | 'comfy' | 'compel' | 'plain'): number[][] =>
  planEncoding(parsePrompt(text, syntax), tokenizer).parts.flatMap((part) => part.blocks.map((block) => [...block.ids]));

describe('token blocks', () => {
  it('have begin, tokens, end and padding, with one weight a token', () => {
    const plan = planEncoding(parsePrompt('w1 (w2:1.5)', 'a1111'), tokenizer);
    expect([...(plan.parts[0]?.blocks[0]?.ids ?? [])]).toEqual([98, 1, 2, 99, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect([...(plan.parts[0]?.blocks[0]?.weights ?? [])]).toEqual([1, 1, 1.5, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
    expect(plan.needsEmpty).toBe(false);
  });

  it('of an empty prompt are one block', () => {
    expect(ids('', 'a1111')).toEqual([[98, 99, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]]);
  });

  it('end after the last comma near their end in A1111 syntax, and at BREAK', () => {
    expect(ids(`${words(1, 7)}, ${words(8, 12)}`, 'a1111').map((block) => block.slice(1, block.indexOf(99)))).toEqual([
      [1, 2, 3, 4, 5, 6, 7, 90],
      [8, 9, 10, 11, 12],
    ]);
    expect(ids('w1 BREAK w2', 'a1111').map((block) => block[1])).toEqual([1, 2]);
  });

  it('end at a sentence in compel syntax', () => {
    expect(ids(`${words(1, 3)}. ${words(4, 5)}, ${words(6, 12)}`, 'compel')[0]?.slice(1, 6)).toEqual([1, 2, 3, 91, 99]);
  });

  it('do not tear the vectors of a textual inversion apart', () => {
    expect(ids(`${words(1, 8)} t w9`, 'a1111').map((block) => block.slice(1, block.indexOf(99)))).toEqual([
      [1, 2, 3, 4, 5, 6, 7, 8],
      [100, 101, 102, 9],
    ]);
  });

  it('keep words whole in ComfyUI syntax', () => {
    expect(ids(`${words(1, 9)} w10,w11`, 'comfy').map((block) => block.slice(1, block.indexOf(99)))).toEqual([
      [1, 2, 3, 4, 5, 6, 7, 8, 9],
      [10, 90, 11],
    ]);
  });

  it('are cut with a note in plain syntax', () => {
    const plan = planEncoding(parsePrompt(words(1, 15), 'plain'), tokenizer);
    expect(plan.parts[0]?.blocks).toHaveLength(1);
    expect(plan.notes).toEqual(['The prompt has 15 tokens; the last 5 are left out in this syntax.']);
  });

  it('ask for an encoding without each fragment of a weight below 1 in compel syntax', () => {
    const plan = planEncoding(parsePrompt('w1 (w2 w3)0.5 w4', 'compel'), tokenizer);
    const block = plan.parts[0]?.blocks[0];
    expect([...(block?.without[0]?.attentionMask ?? [])]).toEqual([1, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1]);
    expect(block?.without[0]?.weight).toBeCloseTo(1, 12);
    expect(plan.needsEmpty).toBe(true);
  });

  it('let a lowered fragment of another block count for the block itself', () => {
    const plan = planEncoding(parsePrompt(`(w1)0.5 ${words(2, 14)}`, 'compel'), tokenizer);
    expect(plan.parts[0]?.blocks.map((block) => [block.without.length, Number(block.baseWeight.toFixed(6))])).toEqual([
      [1, 1],
      [0, 2],
    ]);
  });
});

describe('weighting rules', () => {
  const own = Float32Array.of(1, 2, 3, 4);
  const empty = Float32Array.of(1, 1, 1, 1);

  it('keep the mean of all values in A1111 syntax', () => {
    const weighed = scaleKeepingMean(own, Float32Array.of(1, 2));
    expect([...weighed].map((value) => Number(value.toFixed(5)))).toEqual([0.58824, 1.17647, 3.52941, 4.70588]);
    expect(weighed.reduce((sum, value) => sum + value, 0)).toBeCloseTo(10, 5);
  });

  it('move rows away from the empty prompt and keep rows of weight 1 as they are', () => {
    expect([...awayFromEmpty(own, empty, Float32Array.of(1, 2))]).toEqual([1, 2, 5, 7]);
  });

  it('mix by weights over their sum', () => {
    expect([
      ...mix(
        [
          { embedding: own, weight: 1 },
          { embedding: empty, weight: 3 },
        ],
        true,
      ),
    ]).toEqual([1, 1.25, 1.5, 1.75]);
  });

  it('mix in the encoding without a lowered fragment', () => {
    const weights = Float32Array.of(1, 0.5);
    const block = { ids: Int32Array.of(1, 2), weights, without: [{ attentionMask: Uint8Array.of(1, 0), weight: 1 }], baseWeight: 1 };
    const without = [Float32Array.of(3, 4, 1, 1)];
    expect([...weighBlock({ syntax: 'compel' }, block, { own, empty, without })]).toEqual([2, 3, 1.5, 1.75]);
    expect(() => weighBlock({ syntax: 'compel' }, block, { own, empty, without: [] })).toThrow('expected 1 encodings');
  });

  it('blend and concatenate parts', () => {
    const blend = planEncoding(parsePrompt('("w1", "w2").blend(1, 3)', 'compel'), tokenizer);
    expect([...combineParts(blend, [own, empty])]).toEqual([1, 1.25, 1.5, 1.75]);
    const joined = planEncoding(parsePrompt('("w1", "w2").and(1, 2)', 'compel'), tokenizer);
    expect(joined.needsEmpty).toBe(true);
    expect([...combineParts(joined, [Float32Array.of(5, 6), Float32Array.of(3, 4)], Float32Array.of(1, 1))]).toEqual([5, 6, 5, 7]);
  });
});
