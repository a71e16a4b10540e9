import type { RecipeInput } from '../../../src-main/contract/recipe.ts';
import type { RgbPicture } from '../../../src-main/core/rgb-picture.ts';
import { blobPixels, isNear, meanColour } from './blob-colour.ts';
import type { Drawings } from './drawings.ts';
import { edgeShare } from './edge-share.ts';
import type { DrawingEngine } from './engine.ts';
import type { Judge } from './judge.ts';
import type { Lists, PromptCase, Scene } from './lists.ts';
import { readBackground, readThings, type Answers, type Names } from './read-judge.ts';
import { psnr } from './statistics.ts';
import { judgeCase, judgeRegions, type Verdicts } from './verdicts.ts';

/** One measured thing: yes is 1 and no is 0, and how much it counts. */
export interface Sample {
  readonly row: string;
  readonly value: number;
  readonly weight?: number;
}

export interface MeasureTools {
  readonly engine: DrawingEngine;
  readonly judge: Judge;
  readonly drawings: Drawings;
  readonly lists: Lists;
  /** What all recipes share: steps, guidance, sampler. */
  readonly settings: Pick<RecipeInput, 'steps' | 'guidance' | 'sampler'>;
  /** Added to each seed. */
  readonly seedOffset: number;
  /** Sees each picture that was drawn. */
  readonly keep: (name: string, picture: RgbPicture) => Promise<void>;
}

export interface Measure {
  readonly count: (lists: Lists) => number;
  /** Measures case `index` of its list. */
  run(index: number, tools: MeasureTools): Promise<readonly Sample[]>;
}

const page = { width: 256, height: 256 };

/** A measure of a prompt list: what of each picture the judge finds right, by row and verdict. */
function prompted(list: string, rows: Readonly<Record<string, keyof Verdicts>>): Measure {
  return {
    count: ({ prompts }) => prompts.measures[list]?.length ?? 0,
    async run(index, tools) {
      const wanted = tools.lists.prompts.measures[list]![index]!;
      const picture = await draw(tools, `${list}-${index}`, wanted);
      const verdicts = judgeCase(wanted, await tools.judge.look(picture), tools.lists.scenes);
      return Object.entries(rows).map(([row, verdict]) => ({ row, value: Number(verdicts[verdict]) }));
    },
  };
}

const regions: Measure = {
  count: ({ prompts }) => prompts.measures['regions']?.length ?? 0,
  async run(index, tools) {
    const wanted = tools.lists.prompts.measures['regions']![index]!;
    const painted = wanted.regions.map(({ x, width, prompt }) => {
      const rectangle = { x: Math.round(x * page.width), y: 0, width: Math.round(width * page.width), height: page.height };
      return { mask: { rectangle }, prompt };
    });
    const picture = await draw(tools, `regions-${index}`, wanted, { regions: painted });
    const right = judgeRegions(wanted, await tools.judge.look(picture), tools.lists.scenes);
    const each = right.map((value) => ({ row: 'regions', value: Number(value) }));
    return [...each, { row: 'regionsBoth', value: Number(right.every(Boolean)) }];
  },
};

/** Drawn lines guide the picture; a drawing of the scene itself is what can be reached. */
const lines: Measure = {
  count: ({ scenes }) => scenes.mixed.length,
  async run(index, tools) {
    const hint = await tools.drawings.drawing('mixed-lines', index);
    const picture = await drawControlled(tools, 'lines', index, hint);
    const other = await tools.drawings.drawing('mixed-lines', (index + 1) % tools.lists.scenes.mixed.length);
    const sample = (row: string, drawn: RgbPicture, result: RgbPicture) => {
      const { length, met } = edgeShare(drawn, result);
      return { row, value: met / length, weight: length };
    };
    const drawing = await tools.drawings.drawing('mixed', index);
    return [sample('lines', hint, picture), sample('linesDrawing', hint, drawing), sample('linesOther', other, picture)];
  },
};

/** Largest difference of a blob's mean colour in a channel. */
const colourLimit = 25;

/** Blobs of colour guide the picture; one drawn for the next scene's blobs tells what chance meets. */
const blobs: Measure = {
  count: ({ scenes }) => scenes.mixed.length,
  async run(index, tools) {
    const { length } = tools.lists.scenes.mixed;
    const hint = await tools.drawings.drawing('mixed-blobs', index);
    const picture = await drawControlled(tools, 'blobs', index, hint);
    const compare = async (row: string, other: number) => {
      const [wanted, areas] = await Promise.all([
        tools.drawings.drawing('mixed-blobs', other),
        tools.drawings.drawing('mixed-areas', other),
      ]);
      const near = (pixels: number[]) => isNear(meanColour(picture, pixels), meanColour(wanted, pixels), colourLimit);
      return blobPixels(areas).map((pixels) => ({ row, value: Number(near(pixels)) }));
    };
    return [...(await compare('blobs', index)), ...(await compare('blobsOther', (index + 1) % length))];
  },
};

const reference: Measure = {
  count: ({ scenes }) => scenes.single.length,
  async run(index, tools) {
    const scene = tools.lists.scenes.single[index]!;
    const assets = await tools.engine.asset(await tools.drawings.drawing('single', index));
    const references = Object.keys(assets).map((picture) => ({ picture, weight: 1 }));
    const picture = await draw(tools, `reference-${index}`, { ...scene, prompt: 'a picture' }, { references }, assets);
    const verdicts = judgeScene(scene, await tools.judge.look(picture), tools.lists.scenes);
    return [
      { row: 'reference', value: Number(verdicts.both) },
      { row: 'referenceKind', value: Number(verdicts.kind) },
      { row: 'referenceColour', value: Number(verdicts.colour) },
    ];
  },
};

const vae: Measure = {
  count: ({ scenes }) => scenes.mixed.length,
  async run(index, { engine, drawings }) {
    const drawing = await drawings.drawing('mixed', index);
    return [{ row: 'vae', value: psnr(drawing.data, (await engine.roundTrip(drawing)).data) }];
  },
};

/** The judge itself, on drawings that it never saw. */
const ownAccuracy: Measure = {
  count: ({ scenes }) => scenes.single.length,
  async run(index, tools) {
    const scene = tools.lists.scenes.single[index]!;
    const verdicts = judgeScene(scene, await tools.judge.look(await tools.drawings.drawing('single', index)), tools.lists.scenes);
    return [
      { row: 'judgeKind', value: Number(verdicts.kind) },
      { row: 'judgeColour', value: Number(verdicts.colour) },
      { row: 'judgeBackground', value: Number(verdicts.background) },
    ];
  },
};

/** By the names of `--rows`, in the order of the table. */
export const measures: Readonly<Record<string, Measure>> = {
  oneThing: prompted('oneThing', { oneThingKind: 'kind', oneThingColour: 'colour' }),
  heldOut: prompted('heldOut', { heldOut: 'both' }),
  twoThings: prompted('twoThings', { twoThings: 'all' }),
  place: prompted('place', { place: 'place' }),
  background: prompted('background', { background: 'background' }),
  regions,
  lines,
  blobs,
  reference,
  vae,
  judge: ownAccuracy,
};

type Drawn = Pick<PromptCase, 'prompt' | 'seed'>;

async function draw(
  tools: MeasureTools,
  name: string,
  { prompt, seed }: Drawn,
  more: Partial<RecipeInput> = {},
  assets: Readonly<Record<string, string>> = {},
): Promise<RgbPicture> {
  const { engine, settings, seedOffset, keep } = tools;
  const base = { model: engine.name, prompt, seed: seed + seedOffset, size: page, syntax: 'plain' } as const;
  const picture = await engine.draw({ ...base, ...settings, ...more }, assets);
  await keep(name, picture);
  return picture;
}

async function drawControlled(tools: MeasureTools, model: string, index: number, hint: RgbPicture): Promise<RgbPicture> {
  const assets = await tools.engine.asset(hint);
  const controls = Object.keys(assets).map((picture) => ({ model, picture, strength: 1 }));
  return draw(tools, `${model}-${index}`, tools.lists.scenes.mixed[index]!, { controls }, assets);
}

interface SceneVerdicts {
  readonly kind: boolean;
  readonly colour: boolean;
  readonly both: boolean;
  readonly background: boolean;
}

/** The surest thing against the only one of a scene. */
function judgeScene({ things: [wanted], background }: Scene, answers: Answers, names: Names): SceneVerdicts {
  const [best] = readThings(answers, names);
  const kind = best?.kind === wanted?.kind;
  const colour = best?.colour === wanted?.colour;
  return { kind, colour, both: kind && colour, background: readBackground(answers, names) === background };
}
