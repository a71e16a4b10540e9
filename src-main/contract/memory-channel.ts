import { ChannelEnd, type Channel } from './channel.ts';

/**
 * Two ends in one process, for the command line's own studio and for tests. Messages are copied through JSON and delivered in a
 * later microtask, so that both ends see what another process would see.
 */
export function memoryChannelPair(): readonly [Channel, Channel] {
  const ends = [new ChannelEnd(), new ChannelEnd()] as const;
  const side = (own: ChannelEnd, other: ChannelEnd): Channel => ({
    send(message: object, buffers: readonly Uint8Array[] = []) {
      if (own.isClosed) return;
      const copy: unknown = JSON.parse(JSON.stringify(message));
      void Promise.resolve().then(() => other.receive(copy, buffers));
    },
    onMessage: (receiver) => own.onMessage(receiver),
    onClose: (listener) => own.onClose(listener),
    close() {
      own.end(null);
      void Promise.resolve().then(() => other.end(null));
    },
  });
  return [side(ends[0], ends[1]), side(ends[1], ends[0])];
}
