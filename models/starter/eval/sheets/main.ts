import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { AppError, errorData } from '../../../../src-main/contract/errors.ts';
import { Drawings } from '../drawings.ts';
import { DrawingEngine } from '../engine.ts';
import { readLists } from '../lists.ts';
import { demonstrations } from './demonstrations.ts';
import { layOut } from './layout.ts';

const names = Object.keys(demonstrations);

const usage = `Usage: npm run starter:sheets -- [OPTIONS]

Draws the sheets of samples for docs/user with Strata's own engine.

  --model FILE|FOLDER   another model than the embedded one
  --to FOLDER           docs/user/images by default
  --only A,B            of ${names.join(', ')}
  --seed N              of the first picture, 0 by default
  --threads N           of one operator; all cores by default
`;

const text = { type: 'string' } as const;

async function drawSheets(): Promise<void> {
  const { values } = parseArgs({ options: { model: text, to: text, only: text, seed: text, threads: text, help: { type: 'boolean' } } });
  if (values.help) return console.log(usage);
  const wanted = values.only?.split(',') ?? names;
  const folder = values.to ?? join(import.meta.dirname, '../../../../docs/user/images');
  const threads = values.threads === undefined ? {} : { threads: Number(values.threads) };
  const lists = readLists();
  await using engine = await DrawingEngine.open({ ...(values.model !== undefined && { model: values.model }), ...threads });
  const tools = { engine, lists, drawings: new Drawings(lists), settings: engine.settings, seed: Number(values.seed ?? 0) };
  await mkdir(folder, { recursive: true });
  for (const name of wanted) {
    const demonstration = demonstrations[name];
    if (!demonstration) throw new RangeError(`--only: expected ${names.join(', ')}, found "${name}"`);
    try {
      const file = join(folder, `${name}.png`);
      await writeFile(file, await layOut(await demonstration.cells(tools), demonstration.layout));
      console.log(file);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'addOnMissing') throw error;
      console.log(`${name} was left out. ${error.message}`);
    }
  }
}

try {
  await drawSheets();
} catch (error) {
  const { code, message } = errorData(error);
  console.error(code === 'internal' ? message : `${message} [${code}]`);
  process.exitCode = 1;
}
