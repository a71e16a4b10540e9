import { describe, expect, it } from 'vitest';
import { parseA1111 } from './a1111.ts';
import { parseEmphasis } from './a1111-emphasis.ts';
import { hasSchedule, promptAtStep, scheduleOf } from './a1111-schedule.ts';

const rounded = (text: string): [string, number][] => parseEmphasis(text).map((part) => [part.text, Number(part.weight.toFixed(4))]);

describe('emphasis of A1111', () => {
  it('multiplies nested brackets, divides by square ones and closes open ones at the end', () => {
    expect(rounded('a (((house:1.3)) [on] a (hill:0.5), sun, (((sky))).')).toEqual([
      ['a ', 1],
      ['house', 1.573],
      [' ', 1.1],
      ['on', 1],
      [' a ', 1.1],
      ['hill', 0.55],
      [', sun, ', 1.1],
      ['sky', 1.4641],
      ['.', 1.1],
    ]);
  });

  it('takes escaped brackets and brackets without a partner as text', () => {
    expect(rounded('\\(literal\\] (x) y)')).toEqual([
      ['(literal] ', 1],
      ['x', 1.1],
      [' y)', 1],
    ]);
    expect(rounded('(unbalanced')).toEqual([['unbalanced', 1.1]]);
    expect(rounded('[a')).toEqual([['a', 0.9091]]);
    expect(rounded('')).toEqual([['', 1]]);
  });

  it('keeps a colon that is no weight', () => {
    expect(rounded('time: 12:30 (x: y)')).toEqual([
      ['time: 12:30 ', 1],
      ['x: y', 1.1],
    ]);
  });
});

describe('prompt editing of A1111', () => {
  it('switches at a step or at a share of the steps', () => {
    expect(scheduleOf('a [cat:dog:0.5] b', 10)).toEqual([
      { until: 5, text: 'a cat b' },
      { until: 10, text: 'a dog b' },
    ]);
    expect(scheduleOf('[x:3]', 10)).toEqual([
      { until: 3, text: '' },
      { until: 10, text: 'x' },
    ]);
    expect(scheduleOf('[x::3]', 10)).toEqual([
      { until: 3, text: 'x' },
      { until: 10, text: '' },
    ]);
  });

  it('alternates by step and nests', () => {
    expect([1, 2, 3].map((step) => promptAtStep('[a|b|[c:d:2]]', step, 10))).toEqual(['a', 'b', 'd']);
  });

  it('leaves ordinary brackets, escapes and weights alone', () => {
    expect(hasSchedule('[on] (x:1.2) \\[a|b\\] [it (z:1.3)]')).toBe(false);
  });

  it('reads 20,000 opening brackets in bounded time', () => {
    expect(() => parseA1111('['.repeat(20_000))).not.toThrow();
    expect(() => parseA1111('[('.repeat(5_000) + ':1)]'.repeat(5_000))).not.toThrow();
  });
});

describe('a prompt of A1111', () => {
  it('splits at AND with weights and at BREAK', () => {
    const prompt = parseA1111('a cat :1.2 AND a dog BREAK (big) AND bird:-0.5');
    expect(prompt.combine).toBe('composable');
    expect(
      prompt.parts.map((part) => [part.weight, part.sections.map(({ fragments }) => fragments.map(({ text }) => text).join('|'))]),
    ).toEqual([
      [1.2, ['a cat']],
      [1, ['a dog', 'big']],
      [-0.5, [' bird']],
    ]);
  });

  it('takes LoRAs out of the text and notes networks it does not know', () => {
    const prompt = parseA1111('a <lora:ink:0.8> b <lora:two:0.5:0.7> <hypernet:h:1>');
    expect(prompt.loras).toEqual([
      { name: 'ink', weight: 0.8 },
      { name: 'two', weight: 0.7, textWeight: 0.5 },
    ]);
    expect(prompt.notes).toEqual(['<hypernet:h:1> is not supported and was left out.']);
  });

  it('is read as it is at a step, or at the first of two', () => {
    const text = (moment?: Parameters<typeof parseA1111>[1]) => parseA1111('[a:b:0.5]', moment).parts[0]?.sections[0]?.fragments[0]?.text;
    expect([text(), text({ step: 5, steps: 10 }), text({ step: 6, steps: 10 })]).toEqual(['a', 'a', 'b']);
    expect(parseA1111('[a:b:0.5]').notes).toEqual([]);
  });
});
