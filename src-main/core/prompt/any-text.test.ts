import fc from 'fast-check';
import { expect, it } from 'vitest';
import { promptSyntaxes } from '../../contract/recipe.ts';
import { promptAtStep } from './a1111-schedule.ts';
import { planEncoding, type PromptTokenizer } from './encoding-plan.ts';
import { parsePrompt } from './parse-prompt.ts';

const tokenizer: PromptTokenizer = {
  beginId: 1,
  endId: 2,
  padId: 0,
  maxLength: 9,
  vocabularySize: 300,
  encode: (text) => Array.from(text.replaceAll(' ', ''), (character) => 10 + ((character.codePointAt(0) ?? 0) % 300)),
};
const special = [
  '(',
  ')',
  '[',
  ']',
  ':',
  '|',
  '\\',
  '"',
  '+',
  '-',
  '.',
  ',',
  ' ',
  '1.2',
  '0.5',
  'AND',
  ' BREAK ',
  'cat',
  '<lora:a:1>',
  '.blend(',
  '.and()',
  '.swap(',
  '\0',
  '😀',
];

it('reads any text in every syntax into finite weights and whole blocks', () => {
  const text = fc.array(fc.constantFrom(...special), { maxLength: 30 }).map((pieces) => pieces.join(''));
  const property = fc.property(text, fc.constantFrom(...promptSyntaxes), (prompt, syntax) => {
    const plan = planEncoding(parsePrompt(prompt, syntax), tokenizer);
    expect(plan.parts.length).toBeGreaterThan(0);
    for (const part of plan.parts) {
      expect(Number.isFinite(part.weight)).toBe(true);
      expect(part.blocks.length).toBeGreaterThan(0);
      for (const block of part.blocks) {
        expect([block.ids.length, block.ids[0], block.ids.includes(2)]).toEqual([9, 1, true]);
        expect(block.weights.every(Number.isFinite)).toBe(true);
        expect(Number.isFinite(block.baseWeight)).toBe(true);
      }
    }
  });
  fc.assert(property, { seed: 20_261_122, numRuns: 3000 });
});

it('never makes a prompt longer by running its schedule', () => {
  const text = fc
    .array(fc.constantFrom('[', ']', ':', '|', 'a', '0.5', '2', '\\', '('), { maxLength: 20 })
    .map((pieces) => pieces.join(''));
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 9 }), (prompt, step) => {
      expect(promptAtStep(prompt, step, 9).length).toBeLessThanOrEqual(prompt.length);
    }),
    { seed: 5, numRuns: 3000 },
  );
});
