import { errorData } from '../../../src-main/contract/errors.ts';
import { evaluate } from './evaluate.ts';
import { readOptions, usage } from './options.ts';
import { markdownOf } from './table.ts';

if (process.argv.includes('--help')) console.log(usage);
else await main();

async function main(): Promise<void> {
  try {
    const options = readOptions(process.argv.slice(2));
    const { table, notMeasured, notes, settings } = await evaluate(options, (measure, done, of) => {
      if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${measure} ${done} of ${of}${done === of ? '\n' : ''}`);
      else if (done === of) process.stderr.write(`${measure} ${of}\n`);
    });
    if (options.isJson) for (const line of table) console.log(JSON.stringify(line));
    else console.log(`${markdownOf(table)}\n`);
    for (const note of notes) console.error(note);
    if (options.isJson) console.log(JSON.stringify({ notMeasured, notes, settings }));
    else for (const [name, reason] of Object.entries(notMeasured)) console.log(`${name} was not measured. ${reason}`);
    if (table.some(({ isReached }) => isReached === false)) process.exitCode = 1;
  } catch (error) {
    const { code, message } = errorData(error);
    console.error(code === 'internal' ? message : `${message} [${code}]`);
    process.exitCode = 2;
  }
}
