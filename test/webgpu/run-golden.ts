import { verifyFolder } from '../../src-main/engine/verify/run.ts';

/** Runs golden cases on the graphics card and prints a line of JSON a case. Arguments: folder, group, text in the case's name. */
const [folder = '', group = '', match = ''] = process.argv.slice(2);
await verifyFolder(folder, [group], (line) => process.stdout.write(`${JSON.stringify(line)}\n`), { match, device: 'gpu' });
// Opened devices keep the process alive; all output has been written by now.
process.exit(0);
