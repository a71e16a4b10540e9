import { createServer } from 'node:net';
import process from 'node:process';
import { errorData } from '../contract/errors.ts';
import { pipeChannel } from '../contract/pipe-channel.ts';
import { dataFolderPath } from '../studio/files/data-folder.ts';
import { serveChannel } from '../studio/serve-channel.ts';
import { Studio } from '../studio/studio.ts';
import { engineEntry } from './engine-entry.ts';

/**
 * The studio as a process of the desktop app: plain Node, one connection a page over a private socket whose path the app chose.
 * Standard output tells one line of JSON when it listens; it ends when the app closes its standard input.
 */
async function main(socketPath: string): Promise<void> {
  const studio = new Studio({ folder: dataFolderPath(), engineEntry: engineEntry() });
  await studio.start();
  const server = createServer((socket) => serveChannel(studio, pipeChannel(socket, socket)));
  const end = () => {
    server.close();
    void studio.close().finally(() => process.exit(0));
  };
  process.stdin.on('end', end).on('error', end).resume();
  process.on('SIGTERM', end);
  // Ctrl-C in a terminal reaches the app too, which then ends this process in order.
  process.on('SIGINT', () => undefined);
  server.listen(socketPath, () => process.stdout.write(`${JSON.stringify({ isReady: true, dataFolder: studio.library.layout.folder })}\n`));
}

const socketPath = process.argv[2];
if (socketPath === undefined) {
  process.stderr.write('usage: app-host SOCKET\n');
  process.exitCode = 2;
} else {
  main(socketPath).catch((error: unknown) => {
    process.stdout.write(`${JSON.stringify({ isReady: false, error: errorData(error) })}\n`);
    process.exitCode = 1;
  });
}
