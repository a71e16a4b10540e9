import type { PromptCase } from './lists.ts';
import { readBackground, readThings, type Answers, type Names, type SeenThing } from './read-judge.ts';

/** What of one picture is right, by the name of what was asked. */
export type Verdicts = Readonly<Record<string, boolean>>;

/** Of two things each must be among the four surest kinds and at least this likely. */
const leastSure = 0.3;

/** A picture against its prompt, by the rules of `train/measure.py`. */
export function judgeCase({ things, background }: PromptCase, answers: Answers, names: Names): Verdicts {
  const found = readThings(answers, names);
  const [wanted] = things;
  const seen = new Map(found.slice(0, 4).flatMap((each) => (each.sure > leastSure ? [[each.kind, each.colour] as const] : [])));
  const best = found[0]!;
  const isKind = best.kind === wanted?.kind;
  const isColour = best.colour === wanted?.colour;
  return {
    kind: isKind,
    colour: isColour,
    both: isKind && isColour,
    all: things.every(({ kind, colour }) => seen.get(kind) === colour),
    place: wanted?.place !== undefined && stands(best, wanted.place),
    background: readBackground(answers, names) === background,
  };
}

/** For each painted region, whether the surest thing in it is what it asked for. */
export function judgeRegions({ things, regions }: PromptCase, answers: Answers, names: Names): boolean[] {
  return regions.map(({ x, width }, i) => {
    const [best] = readThings(answers, names, [x, x + width]);
    return best?.kind === things[i]?.kind && best?.colour === things[i]?.colour;
  });
}

function stands({ x, y }: SeenThing, place: NonNullable<PromptCase['things'][number]['place']>): boolean {
  return { left: x < 0.42, right: x > 0.58, top: y < 0.42, bottom: y > 0.58 }[place];
}
