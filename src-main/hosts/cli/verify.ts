import { resolve } from 'node:path';
import type { VerifyLine } from '../../contract/reports.ts';
import type { Command } from './command.ts';
import { EngineSession } from './engine-session.ts';
import { deviceChoices } from './recipe-options.ts';
import { choiceOption, parseOptions, UsageError } from './usage.ts';

export const verifyCommand: Command = {
  help: {
    usage: 'strata verify FOLDER [--group A,B] [--match TEXT] [--device cpu|gpu|auto]',
    summary: 'Runs every golden case of a folder, a line each. Exit code 1 if one fails.',
    options: [
      ['--group A,B', 'Only these groups (folders in FOLDER)'],
      ['--match TEXT', 'Only cases whose id or kind contains this'],
      ['--device cpu|gpu|auto', 'Where to compute'],
    ],
  },

  async run(args, { output, isVerbose }) {
    const { values, positionals } = parseOptions(args, {
      group: { type: 'string' },
      match: { type: 'string' },
      device: { type: 'string' },
    });
    const [folder, ...extra] = positionals;
    if (folder === undefined || extra.length > 0) throw new UsageError(`verify needs one folder; found ${positionals.length}.`);
    const groups = values.group === undefined ? null : values.group.split(',').filter((group) => group !== '');
    const device = choiceOption('--device', values.device ?? 'auto', deviceChoices);
    const count = { passed: 0, failed: 0 };
    const verifyLine = (line: VerifyLine) => {
      count[line.ok ? 'passed' : 'failed']++;
      output.result('case', line, lineText(line));
    };
    await using engine = new EngineSession(output, { isVerbose });
    try {
      await engine.request({ kind: 'verify', folder: resolve(folder), groups, match: values.match ?? '', device }, { verifyLine });
    } finally {
      // Said however the run ends, so that a crash in the middle does not look like a short list.
      output.result('summary', count, `${count.passed} passed, ${count.failed} failed`);
    }
    return count.failed === 0 && count.passed > 0 ? 0 : 1;
  },
};

function lineText({ group, name, ok, error, limit, note }: VerifyLine): string {
  const numbers = error === null ? '' : `  ${error.toExponential(2)}${limit === null ? '' : ` of ${limit.toExponential(2)}`}`;
  return `${ok ? 'passed' : 'failed'}  ${group}/${name}${numbers}${note ? `  ${note}` : ''}`;
}
