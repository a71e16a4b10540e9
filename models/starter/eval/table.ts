import type { Sample } from './measures.ts';
import { meanOf, shareOf, type Estimate } from './statistics.ts';

interface Row {
  readonly title: string;
  /** In the row's unit; rows without one are there to read the others by. */
  readonly goal?: number;
  readonly unit: '%' | 'dB';
  /** How values become an estimate: yes-or-no answers, or numbers with weights. */
  readonly kind: 'answers' | 'numbers';
}

const share = (title: string, goal?: number): Row => ({ title, unit: '%', kind: 'answers', ...(goal !== undefined && { goal }) });

/** In the order of the table. */
const rows: Readonly<Record<string, Row>> = {
  oneThingKind: share('one thing: kind', 90),
  oneThingColour: share('one thing: colour', 92),
  heldOut: share('pairs never seen together: kind and colour', 70),
  twoThings: share('two things: kinds and colours, all four', 60),
  place: share('place', 80),
  background: share('background', 90),
  regions: share('two painted regions: kind and colour of each', 75),
  regionsBoth: share('both regions at once'),
  lines: { title: 'line ControlNet: edges within 3 px of the lines', goal: 80, unit: '%', kind: 'numbers' },
  linesDrawing: { title: 'the same of the drawings that were traced', unit: '%', kind: 'numbers' },
  linesOther: { title: "the same against another drawing's lines, which a picture of noise meets too", unit: '%', kind: 'numbers' },
  blobs: share('colour ControlNet: mean colour of a blob within 25 of 255', 85),
  blobsOther: share("the same against another drawing's blobs"),
  reference: share('IP-Adapter: kind and main colour', 60),
  referenceKind: share('IP-Adapter: kind'),
  referenceColour: share('IP-Adapter: main colour'),
  vae: { title: 'VAE round trip of drawings', goal: 30, unit: 'dB', kind: 'numbers' },
  judgeKind: share('the judge on fresh drawings: kind', 98),
  judgeColour: share('the judge on fresh drawings: colour', 98),
  judgeBackground: share('the judge on fresh drawings: background', 98),
};

export interface TableLine extends Estimate {
  readonly row: string;
  readonly title: string;
  readonly goal: number | null;
  readonly unit: Row['unit'];
  readonly count: number;
  /** Null where there is no goal. */
  readonly isReached: boolean | null;
}

/** One line for each row that has samples; shares in percent. */
export function tableOf(samples: readonly Sample[]): TableLine[] {
  return Object.entries(rows).flatMap(([row, { title, goal = null, unit, kind }]) => {
    const own = samples.filter((sample) => sample.row === row);
    if (own.length === 0) return [];
    const estimate = kind === 'answers' ? answers(own) : numbers(own);
    const scale = unit === '%' ? 100 : 1;
    const value = estimate.value * scale;
    const limits = { low: Math.max(estimate.low * scale, 0), high: Math.min(estimate.high * scale, unit === '%' ? 100 : Infinity) };
    return [{ row, title, goal, unit, count: own.length, value, ...limits, isReached: goal === null ? null : value >= goal }];
  });
}

function answers(samples: readonly Sample[]): Estimate {
  return shareOf(samples.filter(({ value }) => value === 1).length, samples.length);
}

function numbers(samples: readonly Sample[]): Estimate {
  return meanOf(
    samples.map(({ value }) => value),
    samples.map(({ weight = 1 }) => weight),
  );
}

/** The table as Markdown, as the model card shows it. */
export function markdownOf(lines: readonly TableLine[]): string {
  const cells = lines.map(({ title, goal, unit, count, value, low, high, isReached }) => {
    const wanted = goal === null ? '' : `${goal} ${unit}`;
    const mark = isReached === false ? ' (not reached)' : '';
    return `| ${title} | ${wanted} | ${value.toFixed(1)} ${unit}${mark} | ${low.toFixed(1)} to ${high.toFixed(1)} | ${count} |`;
  });
  return ['| measure | at least | measured | 95 % interval | samples |', '|---|---|---|---|---|', ...cells].join('\n');
}
