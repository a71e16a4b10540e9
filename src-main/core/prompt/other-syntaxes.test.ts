import { describe, expect, it } from 'vitest';
import { parsePrompt } from './parse-prompt.ts';
import type { PromptSyntax } from './ast.ts';

const fragments = (text: string, syntax: PromptSyntax): [string, number][] =>
  parsePrompt(text, syntax).parts.flatMap((part) =>
    part.sections.flatMap((section) => section.fragments.map((f): [string, number] => [f.text, Number(f.weight.toFixed(4))])),
  );

describe('ComfyUI syntax', () => {
  it('multiplies nested brackets, but an explicit number replaces what is around it', () => {
    expect(fragments('a (b (c)) ((d:1.2)) [e]', 'comfy')).toEqual([
      ['a ', 1],
      ['b ', 1.1],
      ['c', 1.21],
      [' ', 1],
      ['d', 1.2],
      [' [e]', 1],
    ]);
  });

  it('takes escaped and unclosed brackets as text', () => {
    expect(fragments('\\(x\\) (y', 'comfy')).toEqual([['(x) (y', 1]]);
  });
});

describe('compel syntax', () => {
  it('weighs words, groups and quotes', () => {
    expect(fragments('a tall++ man, (red hat)1.3 "old shoe"- (so (very)+)+', 'compel')).toEqual([
      ['a ', 1],
      ['tall', 1.21],
      [' man, ', 1],
      ['red hat', 1.3],
      [' ', 1],
      ['old shoe', 0.9],
      [' ', 1],
      ['so ', 1.1],
      ['very', 1.21],
    ]);
  });

  it('keeps hyphens inside words and brackets without a weight', () => {
    expect(fragments('well-known (thing)', 'compel')).toEqual([['well-known (thing)', 1]]);
  });

  it('reads blends and conjunctions', () => {
    expect(parsePrompt('("a cat", "a dog+").blend(1, 0.8)', 'compel')).toMatchObject({
      combine: 'blend',
      normalise: true,
      parts: [{ weight: 1 }, { weight: 0.8, sections: [{ fragments: [{ text: 'a ' }, { text: 'dog', weight: 1.1 }] }] }],
    });
    expect(parsePrompt('("a", "b").blend(1, -0.5, no_normalize)', 'compel')).toMatchObject({
      normalise: false,
      parts: [{}, { weight: -0.5 }],
    });
    expect(parsePrompt('("a", "b").and()', 'compel')).toMatchObject({ combine: 'concatenate', parts: [{ weight: 1 }, { weight: 1 }] });
  });

  it('notes what it does not run', () => {
    expect(parsePrompt('a cat.swap(dog) withLora(ink, 0.5)', 'compel')).toMatchObject({
      notes: ['.swap() is not supported; the words before it are used.'],
      loras: [{ name: 'ink', weight: 0.5 }],
    });
    expect(parsePrompt('x ("a","b").blend(1,1)', 'compel').notes).toHaveLength(1);
  });

  it('reads hostile nesting in bounded time', () => {
    for (const text of [
      '('.repeat(20_000),
      '(a'.repeat(9_000) + ')+'.repeat(900),
      '"'.repeat(20_000),
      '+'.repeat(20_000),
      '("'.repeat(9_000),
    ]) {
      for (const syntax of ['a1111', 'comfy', 'compel', 'plain'] as const) expect(() => parsePrompt(text, syntax)).not.toThrow();
    }
  });
});

describe('plain text', () => {
  it('takes every character as text', () => {
    expect(fragments('(a:1.2) [b] AND c', 'plain')).toEqual([['(a:1.2) [b] AND c', 1]]);
  });
});
