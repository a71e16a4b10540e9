import { z } from 'zod';
import { ChannelEnd, type Channel } from './channel.ts';

/**
 * Several connections over one channel: each page that opens, or opens again after a reload, gets one of its own, so that no answer
 * reaches another page. The forwarder in between looks at nothing but the number.
 */
const envelopeSchema = z.object({
  connection: z.number().int().positive(),
  message: z.unknown().optional(),
  isClosed: z.boolean().optional(),
});

export class Multiplexer {
  readonly #channel: Channel;
  readonly #ends = new Map<number, ChannelEnd>();
  readonly #onOpen: ((channel: Channel) => void) | null;
  #nextConnection = 1;

  /** @param onOpen for the side that is connected to; the side that connects leaves it out */
  constructor(channel: Channel, onOpen: ((channel: Channel) => void) | null = null) {
    this.#channel = channel;
    this.#onOpen = onOpen;
    channel.onMessage((message, buffers) => this.#receive(message, buffers));
    channel.onClose((reason) => {
      for (const end of this.#ends.values()) end.end(reason);
      this.#ends.clear();
    });
  }

  /** A new connection. */
  open(): Channel {
    return this.#connection(this.#nextConnection++);
  }

  #connection(number: number): Channel {
    const end = new ChannelEnd();
    this.#ends.set(number, end);
    return {
      send: (message, buffers) => {
        if (!end.isClosed) this.#channel.send({ connection: number, message }, buffers);
      },
      onMessage: (receiver) => end.onMessage(receiver),
      onClose: (listener) => end.onClose(listener),
      close: () => {
        if (!end.end(null)) return;
        this.#ends.delete(number);
        this.#channel.send({ connection: number, isClosed: true });
      },
    };
  }

  /** What is not an envelope, or belongs to a connection that has ended, is dropped. */
  #receive(raw: unknown, buffers: readonly Uint8Array[]): void {
    const parsed = envelopeSchema.safeParse(raw);
    if (!parsed.success) return;
    const { connection, message, isClosed } = parsed.data;
    if (isClosed) {
      this.#ends.get(connection)?.end(null);
      this.#ends.delete(connection);
      return;
    }
    if (!this.#ends.has(connection)) {
      // Numbers only rise: a lower one is a late message of a connection that was closed here.
      if (!this.#onOpen || connection < this.#nextConnection) return;
      this.#nextConnection = connection + 1;
      this.#onOpen(this.#connection(connection));
    }
    this.#ends.get(connection)?.receive(message, buffers);
  }
}
