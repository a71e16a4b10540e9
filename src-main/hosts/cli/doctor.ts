import type { DoctorReport } from '../../contract/reports.ts';
import type { Command } from './command.ts';
import { EngineSession } from './engine-session.ts';
import { formatBytes } from './format.ts';
import { deviceChoices } from './recipe-options.ts';
import { choiceOption, parseOptions, UsageError } from './usage.ts';

export const doctorCommand: Command = {
  help: {
    usage: 'strata doctor [--device cpu|gpu|auto]',
    summary:
      'Runs the back ends of this computer against the reference, node by node, and says what can be used. Exit code 1 if nothing can.',
    options: [['--device cpu|gpu|auto', 'Check only this kind; all by default']],
  },

  async run(args, { output, isVerbose }) {
    const { values, positionals } = parseOptions(args, { device: { type: 'string' } });
    if (positionals.length > 0) throw new UsageError(`doctor takes no arguments; found "${positionals[0]}".`);
    const device = choiceOption('--device', values.device ?? 'auto', deviceChoices);
    await using engine = new EngineSession(output, { isVerbose });
    const { value } = await engine.request({ kind: 'doctor', device }, { progress: (progress) => output.progress(progress) });
    output.result('report', value, reportText(value));
    return value.devices.some(({ usable }) => usable) ? 0 : 1;
  },
};

function reportText({ computer, versions, devices, choice }: DoctorReport): string {
  const parts = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const lines = devices.flatMap((device) => [
    `${device.usable ? 'ok  ' : 'no  '} ${device.name} (${device.backend}${device.driver ? `, ${device.driver}` : ''})`,
    ...device.reasons.map((reason) => `     ${reason}`),
    ...device.checks.map(({ name, ok, error, limit, note }) => {
      const numbers = error === null ? '' : `  error ${error.toExponential(1)}${limit === null ? '' : ` of ${limit.toExponential(1)}`}`;
      return `     ${ok ? 'ok  ' : 'FAIL'} ${name}${numbers}${note ? `  ${note}` : ''}`;
    }),
  ]);
  return [`${computer.platform}, ${computer.cores} cores, ${formatBytes(computer.memoryBytes)} memory`, parts.join(', '), ...lines, choice]
    .filter((line) => line !== '')
    .join('\n');
}
