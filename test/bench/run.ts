import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import process from 'node:process';

/**
 * `npm run bench [SUBJECT]`: runs `strata bench`, prints its lines and writes them as a table into docs/benchmarks.md, between the marks
 * of the subject. Numbers of a busy computer are worth little: close other programs first.
 */
const root = join(import.meta.dirname, '..', '..');
const page = join(root, 'docs', 'benchmarks.md');

interface Line {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly note: string;
}

async function measure(subject: string): Promise<Line[]> {
  const child = spawn(process.execPath, [join(root, 'src-main/hosts/cli.ts'), 'bench', subject, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: Line[] = [];
  for await (const text of createInterface(child.stdout)) {
    const event = JSON.parse(text) as Partial<Line> & { readonly event?: string };
    if (event.event !== 'measurement') continue;
    const line = { name: event.name ?? '', value: event.value ?? Number.NaN, unit: event.unit ?? '', note: event.note ?? '' };
    lines.push(line);
    process.stdout.write(`${line.name.padEnd(52)} ${format(line.value)} ${line.unit}  ${line.note}\n`);
  }
  if (lines.length === 0) throw new Error(`strata bench ${subject} measured nothing.`);
  return lines;
}

function format(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** Replaces what stands between the subject's marks, or appends it. */
function write(subject: string, lines: readonly Line[]): void {
  const [begin, end] = [`<!-- bench ${subject} -->`, `<!-- end ${subject} -->`];
  const rows = lines.map(({ name, value, unit, note }) => `| ${name} | ${format(value)} ${unit} | ${note} |`);
  const heading = `Measured ${new Date().toISOString().slice(0, 10)} on ${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown'}, ${process.platform}-${process.arch}.`;
  const block = [begin, '', heading, '', '| what | value | |', '|---|---|---|', ...rows, '', end].join('\n');
  const text = readFileSync(page, 'utf8');
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  const known = from >= 0 && to > from;
  writeFileSync(
    page,
    known ? text.slice(0, from) + block + text.slice(to + end.length) : `${text.trimEnd()}\n\n## ${subject}\n\n${block}\n`,
  );
}

const subjects = process.argv.length > 2 ? process.argv.slice(2) : ['unet', 'end-to-end', 'attention'];
for (const subject of subjects) write(subject, await measure(subject));
