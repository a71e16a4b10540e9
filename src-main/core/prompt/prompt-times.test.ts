import { describe, expect, it } from 'vitest';
import { parsePrompt } from './parse-prompt.ts';
import { promptTexts, promptTimes } from './prompt-times.ts';

const textsOf = (text: string, steps: number) => {
  const { moments, at } = promptTimes([text], 'a1111', steps);
  const readings = moments.map((moment) =>
    parsePrompt(text, 'a1111', moment)
      .parts.map((part) => part.sections.map(({ fragments }) => fragments.map((fragment) => fragment.text).join('')).join('|'))
      .join(' + '),
  );
  return { readings, at };
};

describe('the readings of prompts over the steps', () => {
  it('is one where nothing is edited, and in syntaxes without editing', () => {
    expect(promptTimes(['a [cat] (b:1.2)', ''], 'a1111', 3)).toEqual({ moments: [{ step: 1, steps: 3 }], at: [0, 0, 0] });
    expect(promptTimes(['[a:b:0.5]'], 'comfy', 2)).toEqual({ moments: [{ step: 1, steps: 2 }], at: [0, 0] });
  });

  it('has each once, however often they take turns', () => {
    expect(textsOf('a [cat|dog]', 5)).toEqual({ readings: ['a cat', 'a dog'], at: [0, 1, 0, 1, 0] });
    expect(textsOf('[a:b:0.5]', 4)).toEqual({ readings: ['a', 'b'], at: [0, 0, 1, 1] });
    expect(textsOf('[a:b:9]', 4)).toEqual({ readings: ['a'], at: [0, 0, 0, 0] });
  });

  it('keeps the prompts joined by AND apart, so that there are as many at each step', () => {
    expect(textsOf('[a:b:1] AND c', 2).readings).toEqual(['a +  c', 'b +  c']);
    expect(textsOf('[a AND b:c:1]', 2)).toEqual({ readings: ['a +  b:c:1]'], at: [0, 0] });
  });

  it('changes all prompts together', () => {
    const { moments, at } = promptTimes(['[a:b:1]', '[c:d:2]'], 'a1111', 4);
    expect([moments.map(({ step }) => step), at]).toEqual([[1, 2, 3], [0, 1, 2, 2]]); // prettier-ignore
    const regions = [{ prompt: 'c', negative: 'd' }] as Parameters<typeof promptTexts>[0]['regions'];
    expect(promptTexts({ prompt: 'a', negative: 'b', regions })).toEqual(['a', 'b', 'c', 'd']);
  });
});
