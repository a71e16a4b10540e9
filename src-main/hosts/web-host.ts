import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, isAbsolute, join, relative } from 'node:path';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { AppError } from '../contract/errors.ts';
import { defaultFrameLimits } from '../contract/frame-codec.ts';
import { socketChannel, type MessageSocket } from '../contract/socket-channel.ts';
import { pictureMime } from '../studio/files/picture-kind.ts';
import { serveChannel } from '../studio/serve-channel.ts';
import type { Studio } from '../studio/studio.ts';
import { securityHeaders } from './security-headers.ts';
import { admit, newToken } from './serve-address.ts';

export interface WebHost {
  /** Opens the studio; the token in it is the key. */
  readonly address: string;
  close(): Promise<void>;
}

const mimeTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

const assetPath = /^\/asset\/([0-9a-f]{64})$/;

/**
 * The studio for a browser of this computer: the built page, pictures by id, and the studio's protocol over a WebSocket. Listens on
 * 127.0.0.1 only.
 * @param port 0 takes a free one
 * @throws AppError `portTaken`
 */
export async function startWebHost(
  studio: Studio,
  { pageFolder, port }: { readonly pageFolder: string; readonly port: number },
): Promise<WebHost> {
  const door = { token: newToken(), port };
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
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'EADDRINUSE') return reject(cause);
      reject(new AppError('portTaken', `Port ${port} must be free to serve the studio on it; another program has it.`, { port }, cause));
    });
    server.listen(port, '127.0.0.1', resolve);
  });
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
  const asset = assetPath.exec(admission.path)?.[1];
  try {
    if (asset !== undefined) await sendAsset(studio, asset, request, response);
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
async function sendAsset(studio: Studio, asset: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = studio.library.assetPath(asset);
  if (path === null) return refuse(response, 404);
  const file = await open(path);
  const head = Buffer.alloc(16);
  const { bytesRead } = await file.read(head, 0, head.length, 0);
  const { size } = await file.stat();
  await file.close();
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
  const name = path === '/' ? 'index.html' : path.slice(1);
  const file = join(pageFolder, name);
  const inside = relative(pageFolder, file);
  const mime = mimeTypes[extname(name)];
  if (inside.startsWith('..') || isAbsolute(inside) || name.includes('\0') || mime === undefined) return refuse(response, 404);
  const found = await fileSize(file);
  if (found === null) return refuse(response, 404);
  send(file, { ...securityHeaders, 'content-type': mime, 'content-length': found }, request, response);
}

async function fileSize(file: string): Promise<number | null> {
  try {
    const handle = await open(file);
    try {
      const found = await handle.stat();
      return found.isFile() ? found.size : null;
    } finally {
      await handle.close();
    }
  } catch {
    return null;
  }
}

function send(path: string, headers: Record<string, string | number>, request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, headers);
  if (request.method === 'HEAD') return void response.end();
  createReadStream(path)
    .on('error', () => response.destroy())
    .pipe(response);
}
