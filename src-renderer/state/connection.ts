import type { Channel } from '../../src-main/contract/channel.ts';
import { AppError, errorFromData } from '../../src-main/contract/errors.ts';
import { portChannel } from '../../src-main/contract/port-channel.ts';
import { socketChannel } from '../../src-main/contract/socket-channel.ts';
import { portMessage, type StrataBridge } from './bridge.ts';

export interface Connection {
  /** A new channel to the studio. Rejects when it cannot be reached now. */
  connect(): Promise<Channel>;
  /** Address of a picture for an <img>. */
  assetUrl(asset: string): string;
  /** Address of a finished picture's small copy. */
  thumbnailUrl(asset: string): string;
  readonly bridge: StrataBridge | null;
}

/** The way to the studio: through the preload's port in Electron, else by WebSocket to the host that served the page. */
export function connectionToStudio(): Connection {
  const bridge = window.strata ?? null;
  if (bridge === null) {
    return { connect: openSocket, assetUrl: (asset) => `asset/${asset}`, thumbnailUrl: (asset) => `thumbnail/${asset}`, bridge };
  }
  const assetUrl = (asset: string) => `asset://${asset}`;
  return { connect: portOpener(bridge), assetUrl, thumbnailUrl: (asset) => `${assetUrl(asset)}/thumbnail`, bridge };
}

function openSocket(): Promise<Channel> {
  // The key of the host is in the page's own path, so relative addresses carry it.
  const address = new URL('channel', location.href);
  address.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(address);
  const channel = socketChannel(socket);
  return new Promise((resolve, reject) => {
    socket.addEventListener('open', () => resolve(channel));
    channel.onClose((reason) => reject(reason ? errorFromData(reason) : lost()));
  });
}

/** Asks for a port each time; a port does not tell that its other end is gone, so the main process says it. */
function portOpener(bridge: StrataBridge): () => Promise<Channel> {
  let end: (() => void) | null = null;
  bridge.onDisconnect(() => end?.());
  return () =>
    new Promise((resolve, reject) => {
      const receive = (event: MessageEvent) => {
        const port = event.ports[0];
        if (event.source !== window || event.data !== portMessage || port === undefined) return;
        window.removeEventListener('message', receive);
        const channel = portFrom(port, (close) => (end = close));
        resolve(channel);
      };
      end = () => {
        window.removeEventListener('message', receive);
        reject(lost());
      };
      window.addEventListener('message', receive);
      bridge.connect();
    });
}

function portFrom(port: MessagePort, onEnd: (close: () => void) => void): Channel {
  return portChannel({
    postMessage: (data, transfer) => port.postMessage(data, transfer ?? []),
    onMessage: (listener) => {
      port.addEventListener('message', (event: MessageEvent) => listener(event.data));
      port.start();
    },
    onClose: (listener) => {
      onEnd(listener);
      port.addEventListener('close', () => listener());
    },
    close: () => port.close(),
  });
}

function lost(): AppError {
  return new AppError('connectionLost', 'The connection to the studio was lost.');
}
