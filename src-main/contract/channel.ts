import type { ErrorData } from './errors.ts';

/**
 * One way of talking between any two processes of the application. A message is plain JSON data; bytes travel beside it. What a
 * message means is checked by whoever receives it (the zod unions of this folder), not by the channel.
 */
export interface Channel {
  /** Sends one message in order. After the channel has closed this does nothing. Buffers may be transferred: do not use them afterwards. */
  send(message: object, buffers?: readonly Uint8Array[]): void;
  /** Sets the one receiver; messages that came before are delivered to it first. */
  onMessage(receiver: MessageReceiver): void;
  /** Called once when the channel ends, with the reason when it was not an orderly end. Called at once if it has already ended. */
  onClose(listener: (reason: ErrorData | null) => void): void;
  close(): void;
}

export type MessageReceiver = (message: unknown, buffers: readonly Uint8Array[]) => void;

/** What every channel shares: one receiver, messages kept until it is there, and an end that happens once. */
export class ChannelEnd {
  #receiver: MessageReceiver | null = null;
  #early: [unknown, readonly Uint8Array[]][] = [];
  #listeners: ((reason: ErrorData | null) => void)[] = [];
  #closed: { reason: ErrorData | null } | null = null;

  get isClosed(): boolean {
    return this.#closed !== null;
  }

  receive(message: unknown, buffers: readonly Uint8Array[]): void {
    if (this.#closed) return;
    if (this.#receiver) this.#receiver(message, buffers);
    else this.#early.push([message, buffers]);
  }

  onMessage(receiver: MessageReceiver): void {
    this.#receiver = receiver;
    for (const [message, buffers] of this.#early.splice(0)) receiver(message, buffers);
  }

  onClose(listener: (reason: ErrorData | null) => void): void {
    if (this.#closed) listener(this.#closed.reason);
    else this.#listeners.push(listener);
  }

  /** Ends the channel; true the first time. */
  end(reason: ErrorData | null): boolean {
    if (this.#closed) return false;
    this.#closed = { reason };
    for (const listener of this.#listeners.splice(0)) listener(reason);
    return true;
  }
}
