import type { Channel } from '../../src-main/contract/channel.ts';
import { portChannel } from '../../src-main/contract/port-channel.ts';
import { socketChannel } from '../../src-main/contract/socket-channel.ts';
import { portMessage, type StrataBridge } from './bridge.ts';

export interface Connection {
  readonly channel: Channel;
  /** Address of a picture for an <img>. */
  assetUrl(asset: string): string;
  readonly bridge: StrataBridge | null;
}

/** The way to the studio: through the preload's port in Electron, else by WebSocket to the host that served the page. */
export async function connectToStudio(): Promise<Connection> {
  const bridge = window.strata ?? null;
  if (bridge !== null) return { channel: portFrom(await receivePort(bridge)), assetUrl: (asset) => `asset://${asset}`, bridge };
  // The key of the host is in the page's own path, so relative addresses carry it.
  const address = new URL('channel', location.href);
  address.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
  return { channel: socketChannel(new WebSocket(address)), assetUrl: (asset) => `asset/${asset}`, bridge: null };
}

function receivePort(bridge: StrataBridge): Promise<MessagePort> {
  return new Promise((resolve) => {
    const receive = (event: MessageEvent) => {
      const port = event.ports[0];
      if (event.source !== window || event.data !== portMessage || port === undefined) return;
      window.removeEventListener('message', receive);
      resolve(port);
    };
    window.addEventListener('message', receive);
    bridge.connect();
  });
}

function portFrom(port: MessagePort): Channel {
  return portChannel({
    postMessage: (data, transfer) => port.postMessage(data, transfer ?? []),
    onMessage: (listener) => {
      port.addEventListener('message', (event: MessageEvent) => listener(event.data));
      port.start();
    },
    // A port does not tell that its other end is gone; older Chromium has no such event.
    onClose: (listener) => port.addEventListener('close', () => listener()),
    close: () => port.close(),
  });
}
