import { Socket } from 'node:net';
import { extname } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { errorData } from '../contract/errors.ts';
import { Multiplexer } from '../contract/multiplexer.ts';
import { pipeChannel } from '../contract/pipe-channel.ts';
import { dataFolderPath } from './files/data-folder.ts';
import { serveChannel } from './serve-channel.ts';
import { Studio } from './studio.ts';

/**
 * The studio as a process of its own, for Electron: connections of pages, multiplexed, on pipe 3. It ends when the pipe does, after
 * saving what has come.
 */
const channelDescriptor = 3;

const { values } = parseArgs({ options: { data: { type: 'string' }, engine: { type: 'string' } } });
const engineEntry = values.engine ?? fileURLToPath(new URL(`../engine/main${extname(import.meta.url)}`, import.meta.url));

try {
  const studio = new Studio({ folder: values.data ?? dataFolderPath(), engineEntry });
  const socket = new Socket({ fd: channelDescriptor, readable: true, writable: true });
  const channel = pipeChannel(socket, socket);
  new Multiplexer(channel, (connection) => serveChannel(studio, connection));
  const end = () => void studio.close().then(() => process.exit(0));
  channel.onClose(end);
  process.on('SIGTERM', end);
  // Ctrl-C in a terminal reaches the whole process group; the application decides what it means.
  process.on('SIGINT', () => undefined);
  await studio.start();
} catch (error) {
  // Read by the process that started this one.
  process.stderr.write(`${JSON.stringify(errorData(error))}\n`);
  process.exitCode = 1;
}
