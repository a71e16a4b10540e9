import { describe, expect, it } from 'vitest';
import type { PromptCase } from './lists.ts';
import { readBackground, readThings, type Answers } from './read-judge.ts';
import { judgeCase, judgeRegions } from './verdicts.ts';

const names = { kinds: ['house', 'fish', 'star'], colours: ['red', 'blue'], backgrounds: ['day', 'night'] };
const grid = 8;

interface Cell {
  readonly kind: string;
  readonly colour: string;
  readonly x: number;
  readonly y: number;
  readonly logit?: number;
}

/** Answers of a judge that sees nothing but these things. */
function answers(cells: readonly Cell[], background = 'day'): Answers {
  const kinds = new Float32Array(4 * grid ** 2).fill(-6, 0, 3 * grid ** 2);
  const colours = new Float32Array(2 * grid ** 2);
  for (const { kind, colour, x, y, logit = 6 } of cells) {
    kinds[names.kinds.indexOf(kind) * grid ** 2 + y * grid + x] = logit;
    colours[names.colours.indexOf(colour) * grid ** 2 + y * grid + x] = 5;
  }
  return { kinds, colours, background: Float32Array.from(names.backgrounds, (name) => (name === background ? 1 : 0)) };
}

const house = { kind: 'house', colour: 'red', x: 1, y: 6 };
const fish = { kind: 'fish', colour: 'blue', x: 6, y: 3 };

describe('the judge reads', () => {
  it('the surest thing first, with its colour and place', () => {
    const [best, second] = readThings(answers([{ ...house, logit: 1 }, fish]), names);
    expect(best).toMatchObject({ kind: 'fish', colour: 'blue', x: 6.5 / 8, y: 3.5 / 8 });
    expect(second).toMatchObject({ kind: 'house', colour: 'red', x: 1.5 / 8, y: 6.5 / 8 });
    expect(best!.sure).toBeGreaterThan(0.98);
  });

  it('a centre on a border as one thing', () => {
    const half = Math.log(1.01);
    const [best] = readThings(answers([{ ...house, logit: half }, { ...house, x: 2, logit: half }]), names); // prettier-ignore
    expect(best).toMatchObject({ kind: 'house' });
    expect(best!.sure).toBeGreaterThan(0.9);
  });

  it('a part of the page alone', () => {
    const seen = answers([house, fish]);
    expect(readThings(seen, names, [0, 0.5])[0]).toMatchObject({ kind: 'house' });
    expect(readThings(seen, names, [0.5, 1])[0]).toMatchObject({ kind: 'fish' });
    expect(readThings(answers([{ ...house, x: 3 }]), names, [0.5, 1])[0]!.sure).toBeLessThan(0.1);
  });

  it('the background', () => {
    expect(readBackground(answers([], 'night'), names)).toBe('night');
  });
});

describe('a picture is judged', () => {
  const asked = (things: PromptCase['things']): PromptCase => ({ seed: 0, prompt: '', things, background: 'day', regions: [] });

  it('by the surest thing where one was asked for', () => {
    const one = asked([{ kind: 'house', colour: 'red', place: 'left' }]);
    const right = { kind: true, colour: true, both: true, place: true, background: true };
    expect(judgeCase(one, answers([house]), names)).toMatchObject(right);
    expect(judgeCase(one, answers([{ ...house, colour: 'blue', x: 6 }], 'night'), names)).toMatchObject({
      kind: true,
      colour: false,
      both: false,
      place: false,
      background: false,
    });
  });

  it('by all things where two were asked for', () => {
    const two = asked([
      { kind: 'house', colour: 'red' },
      { kind: 'fish', colour: 'blue' },
    ]);
    expect(judgeCase(two, answers([house, fish]), names)).toMatchObject({ all: true });
    expect(judgeCase(two, answers([house]), names)).toMatchObject({ all: false });
    expect(judgeCase(two, answers([house, { ...fish, colour: 'red' }]), names)).toMatchObject({ all: false });
  });

  it('region by region', () => {
    const regions = [
      { x: 0, width: 0.5, prompt: 'a red house' },
      { x: 0.5, width: 0.5, prompt: 'a blue fish' },
    ];
    const painted = { ...asked([house, fish]), regions };
    expect(judgeRegions(painted, answers([house, fish]), names)).toEqual([true, true]);
    expect(
      judgeRegions(
        painted,
        answers([
          { ...house, x: 6 },
          { ...fish, x: 1 },
        ]),
        names,
      ),
    ).toEqual([false, false]);
  });
});
