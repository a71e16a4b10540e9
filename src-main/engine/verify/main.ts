import { verifyFolder } from './run.ts';

const [folder, groups = '', match = ''] = process.argv.slice(2);
if (folder === undefined) {
  process.stderr.write('usage: main.ts FOLDER [GROUP,GROUP] [TEXT]\n');
  process.exitCode = 2;
} else {
  const emit = (line: string): void => void process.stdout.write(`${line}\n`);
  const { failed } = await verifyFolder(folder, groups.split(',').filter(Boolean), emit, { match });
  process.exitCode = failed > 0 ? 1 : 0;
}
