import type { BenchLine } from '../../contract/reports.ts';
import type { Command } from './command.ts';
import { EngineSession } from './engine-session.ts';
import { deviceChoices } from './recipe-options.ts';
import { choiceOption, parseOptions, UsageError } from './usage.ts';

const usual = ['attention', 'unet', 'end-to-end'] as const;
const subjects = [...usual, 'sd15'] as const;

export const benchCommand: Command = {
  help: {
    usage: 'strata bench [attention|unet|end-to-end|sd15] [--device cpu|gpu|auto]',
    summary: 'Measures this computer, a line each; all but sd15 by default, which needs 20 GB of memory.',
    options: [['--device cpu|gpu|auto', 'Where to compute']],
  },

  async run(args, { output, isVerbose }) {
    const { values, positionals } = parseOptions(args, { device: { type: 'string' } });
    if (positionals.length > 1) throw new UsageError(`bench takes at most one subject; found ${positionals.length}.`);
    const wanted = positionals[0] === undefined ? usual : [choiceOption('The subject', positionals[0], subjects)];
    const device = choiceOption('--device', values.device ?? 'auto', deviceChoices);
    await using engine = new EngineSession(output, { isVerbose });
    const benchLine = (line: BenchLine) => output.result('measurement', line, lineText(line));
    for (const what of wanted) await engine.request({ kind: 'bench', what, device }, { benchLine });
    return 0;
  },
};

function lineText({ name, value, unit, note }: BenchLine): string {
  const number = Math.abs(value) >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toPrecision(3);
  return `${name.padEnd(48)} ${number.padStart(9)} ${unit}${note ? `  ${note}` : ''}`;
}
