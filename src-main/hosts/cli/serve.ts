import { spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppError } from '../../contract/errors.ts';
import { dataFolderPath } from '../../studio/files/data-folder.ts';
import { Studio } from '../../studio/studio.ts';
import { engineEntry } from '../engine-entry.ts';
import { abandonedDoor, rememberAddress, runningAddress } from '../host-address.ts';
import { startWebHost } from '../web-host.ts';
import type { Command } from './command.ts';
import type { Output } from './output.ts';
import { numberOption, parseOptions, UsageError } from './usage.ts';

export const serveCommand: Command = {
  help: {
    usage: 'strata serve [--port N] [--open]',
    summary: 'Opens the studio for a browser of this computer, on 127.0.0.1 only. The printed address holds the key: keep it to yourself.',
    options: [
      ['--port N', 'Port to listen on; a free one by default'],
      ['--open', 'Open the address in the browser'],
    ],
  },

  async run(args, { output }) {
    const { values, positionals } = parseOptions(args, { port: { type: 'string' }, open: { type: 'boolean' } });
    if (positionals.length > 0) throw new UsageError(`serve takes no arguments; found "${positionals[0]}".`);
    const port = values.port === undefined ? 0 : numberOption('--port', values.port, { min: 0, max: 65_535, isWhole: true });
    const pageFolder = builtPage();
    const studio = new Studio({ folder: dataFolderPath(), engineEntry: engineEntry() });
    if (studio.library.isReadOnly) {
      const running = runningAddress(studio.library.layout.host);
      if (running !== null) {
        await studio.close();
        announce(running, output, values.open === true, 'The studio is already open at');
        return 0;
      }
    }
    try {
      await studio.start();
      await serveUntilInterrupted(studio, { pageFolder, port, opens: values.open === true, output });
    } finally {
      await studio.close();
    }
    return 0;
  },
};

interface ServeOptions {
  readonly pageFolder: string;
  readonly port: number;
  readonly opens: boolean;
  readonly output: Output;
}

async function serveUntilInterrupted(studio: Studio, { pageFolder, port, opens, output }: ServeOptions): Promise<void> {
  const { layout, isReadOnly, notices } = studio.library;
  const earlier = isReadOnly ? null : abandonedDoor(layout.host);
  const host = await startWebHost(studio, { pageFolder, port, earlier });
  for (const text of notices) output.note(text);
  if (!isReadOnly) await rememberAddress(layout.host, host.address);
  announce(host.address, output, opens, 'Strata is open at');
  await interrupted();
  output.note('Closing…');
  if (!isReadOnly) rmSync(layout.host, { force: true });
  await host.close();
}

function builtPage(): string {
  // From src-main/hosts/cli in the repository, from dist/hosts/cli once built.
  const root = fileURLToPath(new URL(extname(import.meta.url) === '.ts' ? '../../../dist/renderer' : '../../renderer', import.meta.url));
  if (existsSync(join(root, 'index.html'))) return root;
  throw new AppError('pageMissing', `The page must be built in ${root} to be served; it is not there. Run npm run build.`, {
    folder: root,
  });
}

function announce(address: string, output: Output, opens: boolean, words: string): void {
  output.result('address', { address }, `${words} ${address}`);
  if (!opens) return;
  const program = process.platform === 'darwin' ? 'open' : process.platform === 'win32' ? 'explorer' : 'xdg-open';
  spawn(program, [address], { stdio: 'ignore', detached: true })
    .on('error', () => output.note('No browser could be opened; open the address yourself.'))
    .unref();
}

function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
}
