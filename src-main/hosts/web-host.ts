import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { AppError } from '../contract/errors.ts';
import { defaultFrameLimits } from '../contract/frame-codec.ts';
import { socketChannel, type MessageSocket } from '../contract/socket-channel.ts';
import { errorCode } from '../studio/files/file-system.ts';
import { pageFile } from '../studio/files/page-file.ts';
import { pictureMime } from '../studio/files/picture-kind.ts';
import { serveChannel } from '../studio/serve-channel.ts';
import type { Studio } from '../studio/studio.ts';
import { securityHeaders } from './security-headers.ts';
import { admit, newToken, type Door } from './serve-address.ts';

export interface WebHost {
  /** Opens the studio; the token in it is the key. */
  readonly address: string;
  close(): Promise<void>;
}

export interface WebHostOptions {
  readonly pageFolder: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Port and key of a host on the same data that was killed: taken over, so that its open pages find this one. */
  readonly earlier?: Door | null;
}

/** A picture, or its small copy. */
const assetPath = /^\/(asset|thumbnail)\/([0-9a-f]{64})$/;

/**
 * The studio for a browser of this computer: the built page, pictures by id, and the studio's protocol over a WebSocket. Listens on
 * 127.0.0.1 only.
 * @throws AppError `portTaken`
 */
export async function startWebHost(studio: Studio, { pageFolder, port, earlier = null }: WebHostOptions): Promise<WebHost> {
  const door = { token: earlier?.token ?? newToken(), port };
  const server = createServer((request, response) => void answer(studio, pageFolder, door, request, response));
  const sockets = new WebSocketServer({ noServer: true, maxPayload: defaultFrameLimits.maxFrameBytes, perMessageDeflate: false });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const admission = admit(request, door, true);
    if (!admission.isAdmitted || admission.path !== '/channel') {
      socket.end(`HTTP/1.1 ${admission.isAdmitted ? 404 : admission.status} Refused\r\nConnection: close\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (connection) => serveChannel(studio, socketChannel(messageSocket(connection))));
  });
  // A free port will do where none was asked for; the one that open pages know comes first.
  const ports = port === 0 && earlier ? [earlier.port, 0] : [port];
  await listen(server, ports);
  door.port = (server.address() as AddressInfo).port;
  return {
    address: `http://127.0.0.1:${door.port}/${door.token}/`,
    close: () =>
      new Promise((resolve) => {
        for (const client of sockets.clients) client.terminate();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Listens on the first of the ports that is free. */
async function listen(server: Server, [port = 0, ...others]: readonly number[]): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
  } catch (cause) {
    if (errorCode(cause) !== 'EADDRINUSE') throw cause;
    if (others.length > 0) return listen(server, others);
    throw new AppError('portTaken', `Port ${port} must be free to serve the studio on it; another program has it.`, { port }, cause);
  }
}

/** The part of a `ws` socket that a channel needs; its own types say less than `addEventListener` can. */
function messageSocket(socket: WebSocket): MessageSocket {
  socket.binaryType = 'arraybuffer';
  return {
    binaryType: 'arraybuffer',
    get readyState() {
      return socket.readyState;
    },
    send: (data) => socket.send(data),
    close: (code, reason) => socket.close(code, reason),
    addEventListener: (type: 'open' | 'error' | 'close' | 'message', listener: (event: { readonly data: unknown }) => void) => {
      if (type === 'message') socket.on('message', (data, isBinary) => listener({ data: isBinary ? data : 'text' }));
      else socket.on(type, () => listener({ data: undefined }));
    },
  };
}

async function answer(
  studio: Studio,
  pageFolder: string,
  door: { token: string; port: number },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const admission = admit(request, door, false);
  if (!admission.isAdmitted) return refuse(response, admission.status);
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405);
  const [, place, asset] = assetPath.exec(admission.path) ?? [];
  try {
    if (asset !== undefined) await sendAsset(studio, { asset, isSmall: place === 'thumbnail' }, request, response);
    else await sendPage(pageFolder, admission.path, request, response);
  } catch (error) {
    studio.log('error', `${admission.path}: ${String(error)}`);
    if (!response.headersSent) refuse(response, 500);
    else response.destroy();
  }
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { ...securityHeaders, 'content-type': 'text/plain; charset=utf-8' });
  response.end(status === 404 ? 'There is nothing here. Open the whole address that strata serve printed.' : 'Refused.');
}

/** An asset never changes under its name, so it may be kept; it is only ever sent as a picture of a known kind, or as bytes. */
async function sendAsset(
  { library }: Studio,
  { asset, isSmall }: { readonly asset: string; readonly isSmall: boolean },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // Where no small copy can be made the picture itself does.
  const path = (isSmall ? await library.thumbnails.ensure(asset) : null) ?? library.assetPath(asset);
  if (path === null) return refuse(response, 404);
  await using file = await open(path);
  const head = Buffer.alloc(16);
  const { bytesRead } = await file.read(head, 0, head.length, 0);
  const { size } = await file.stat();
  const mime = pictureMime(head.subarray(0, bytesRead)) ?? 'application/octet-stream';
  const headers = {
    ...securityHeaders,
    'content-type': mime,
    'content-length': size,
    'cache-control': 'private, max-age=31536000, immutable',
  };
  send(path, headers, request, response);
}

async function sendPage(pageFolder: string, path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const file = pageFile(pageFolder, path);
  const found = file && (await fileSize(file.path));
  if (!file || found === null) return refuse(response, 404);
  send(file.path, { ...securityHeaders, 'content-type': file.mime, 'content-length': found }, request, response);
}

async function fileSize(path: string): Promise<number | null> {
  const found = await stat(path).catch(() => null);
  return found?.isFile() ? found.size : null;
}

function send(path: string, headers: Record<string, string | number>, request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, headers);
  if (request.method === 'HEAD') return void response.end();
  createReadStream(path)
    .on('error', () => response.destroy())
    .pipe(response);
}
