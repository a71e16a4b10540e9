import { ChannelEnd, type Channel } from './channel.ts';

/** What is needed of a MessagePort of the page, or (through a small wrapper in the host) of Electron's MessagePortMain. */
export interface StructuredPort {
  postMessage(data: unknown, transfer?: ArrayBuffer[]): void;
  onMessage(listener: (data: unknown) => void): void;
  onClose(listener: () => void): void;
  close(): void;
}

/** Messages over a port that clones data by itself; nothing is framed. Foreign shapes are dropped. */
export function portChannel(port: StructuredPort): Channel {
  const end = new ChannelEnd();
  port.onMessage((data) => {
    if (!isEnvelope(data)) return;
    end.receive(data.message, data.buffers);
  });
  port.onClose(() => end.end(null));
  return {
    send(message: object, buffers = []) {
      if (!end.isClosed) port.postMessage({ message, buffers });
    },
    onMessage: (receiver) => end.onMessage(receiver),
    onClose: (listener) => end.onClose(listener),
    close() {
      if (end.end(null)) port.close();
    },
  };
}

function isEnvelope(data: unknown): data is { message: unknown; buffers: readonly Uint8Array[] } {
  if (typeof data !== 'object' || data === null || !Object.hasOwn(data, 'message') || !('buffers' in data)) return false;
  return Array.isArray(data.buffers) && data.buffers.every((buffer) => buffer instanceof Uint8Array);
}
