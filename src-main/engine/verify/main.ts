import { summaryText, verifyFolder, verifyText } from './run.ts';

const [folder, groups = '', match = ''] = process.argv.slice(2);
if (folder === undefined) {
  process.stderr.write('usage: main.ts FOLDER [GROUP,GROUP] [TEXT IN ID OR KIND]\n');
  process.exitCode = 2;
} else {
  const emit = (text: string): void => void process.stdout.write(`${text}\n`);
  const summary = await verifyFolder(folder, groups.split(',').filter(Boolean), (line) => emit(verifyText(line)), { match });
  emit(summaryText(summary));
  process.exitCode = summary.failed > 0 ? 1 : 0;
}
