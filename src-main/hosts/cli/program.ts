import { helpText, UsageError } from './usage.ts';
import { jsonOutput, textOutput, type Output } from './output.ts';
import type { Command } from './command.ts';

/** Each command is loaded when it is asked for, so that none pays for the others. */
const commands: Readonly<Record<string, { readonly summary: string; load(): Promise<Command> }>> = {
  generate: { summary: 'Draw a picture from a prompt', load: async () => (await import('./generate.ts')).generateCommand },
  filter: {
    summary: 'Turn a picture into lines, depth, normals and the like, for controls',
    load: async () => (await import('./filter.ts')).filterCommand,
  },
  serve: { summary: 'Open the studio in a browser', load: async () => (await import('./serve.ts')).serveCommand },
  models: { summary: 'List, add and inspect models', load: async () => (await import('./models.ts')).modelsCommand },
  doctor: {
    summary: 'Check what this computer can do, and that it computes right',
    load: async () => (await import('./doctor.ts')).doctorCommand,
  },
  describe: {
    summary: 'Show the attention stack of a model, layer by layer',
    load: async () => (await import('./describe.ts')).describeCommand,
  },
  verify: { summary: 'Run a folder of golden cases', load: async () => (await import('./verify.ts')).verifyCommand },
  bench: { summary: 'Measure the speed of this computer', load: async () => (await import('./bench.ts')).benchCommand },
};

function programHelp(): string {
  return helpText({
    usage: 'strata COMMAND [OPTIONS]',
    summary: 'A desktop image studio with control layers and regional guidance. Everything runs on this computer.',
    options: [
      ...Object.entries(commands).map(([name, { summary }]) => [name, summary] as const),
      ['--json', 'One JSON object a line instead of text, with every command'],
      ['--verbose', "The engine's log as well"],
      ['--help', 'This help, or that of a command'],
      ['--version', 'The version'],
    ],
  });
}

/** Takes a flag out of the arguments; what follows `--` is not looked at. */
function takeFlag(args: string[], ...names: readonly string[]): boolean {
  const end = args.includes('--') ? args.indexOf('--') : args.length;
  const index = args.findIndex((arg, place) => place < end && names.includes(arg));
  if (index >= 0) args.splice(index, 1);
  return index >= 0;
}

async function runCommand(args: string[], output: Output): Promise<number> {
  const isVerbose = takeFlag(args, '--verbose');
  const wantsHelp = takeFlag(args, '--help', '-h');
  const [name, ...rest] = args;
  if (takeFlag(args, '--version')) {
    const { applicationVersion } = await import('../../contract/version.ts');
    output.result('version', { version: applicationVersion }, applicationVersion);
    return 0;
  }
  if (name === undefined || name === 'help') {
    output.result('help', { text: programHelp() }, programHelp());
    return name === undefined && !wantsHelp ? 2 : 0;
  }
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!entry) throw new UsageError(`There is no command "${name}"; there are ${Object.keys(commands).join(', ')}. See strata --help.`);
  const command = await entry.load();
  if (wantsHelp) {
    output.result('help', { text: helpText(command.help) }, helpText(command.help));
    return 0;
  }
  return command.run(rest, { output, isVerbose });
}

async function report(error: unknown, output: Output): Promise<number> {
  if (error instanceof UsageError) {
    output.error({ code: 'wrongUsage', message: error.message, details: {} });
    return 2;
  }
  const { errorData } = await import('../../contract/errors.ts');
  output.error(errorData(error));
  return 1;
}

/** Runs the program and returns its exit code: 0 ok, 1 failed, 2 wrong usage. */
export async function runProgram(argv: readonly string[]): Promise<number> {
  const args = [...argv];
  const output = takeFlag(args, '--json') ? jsonOutput(process.stdout) : textOutput(process.stdout, process.stderr);
  // A reader that goes away early (`strata … | head`) is no failure of ours.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  return runCommand(args, output).catch((error: unknown) => report(error, output));
}
