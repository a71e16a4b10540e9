import type { Channel } from './channel.ts';
import { AppError, errorFromData, type ErrorData } from './errors.ts';
import { protocolMismatch, protocolVersion } from './protocol.ts';
import { fromStudioSchema } from './studio-messages.ts';
import { studioMethods, type StudioEvent, type StudioMethod, type StudioParams, type StudioResult } from './studio-methods.ts';

export interface Answer<Method extends StudioMethod> {
  readonly value: StudioResult<Method>;
  readonly buffers: readonly Uint8Array[];
}

interface Pending {
  readonly method: StudioMethod;
  resolve(answer: Answer<StudioMethod>): void;
  reject(error: AppError): void;
}

export type StudioEventListener = (event: StudioEvent, buffers: readonly Uint8Array[]) => void;

/** The page's side of the studio protocol: typed calls with an answer each, and events. */
export class StudioClient {
  readonly #channel: Channel;
  readonly #pending = new Map<number, Pending>();
  readonly #listeners = new Set<StudioEventListener>();
  #nextId = 1;
  #lost: AppError | null = null;

  constructor(channel: Channel, identity: { readonly role: string; readonly version: string }) {
    this.#channel = channel;
    channel.onMessage((message, buffers) => this.#receive(message, buffers));
    channel.onClose((reason) => this.#end(reason));
    channel.send({ type: 'hello', protocol: protocolVersion, ...identity });
  }

  /**
   * Asks the studio and waits for its answer.
   * @throws AppError what the studio answered; `connectionLost` when the channel ended before it did.
   */
  async call<Method extends StudioMethod>(method: Method, params: StudioParams<Method>): Promise<StudioResult<Method>> {
    return (await this.callWithBuffers(method, params, [])).value;
  }

  /** As `call`, with bytes beside the parameters and beside the answer. */
  callWithBuffers<Method extends StudioMethod>(
    method: Method,
    params: StudioParams<Method>,
    buffers: readonly Uint8Array[],
  ): Promise<Answer<Method>> {
    if (this.#lost) return Promise.reject(this.#lost);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { method, resolve, reject });
      this.#channel.send({ type: 'request', id, method, params }, buffers);
    });
  }

  /** Hears every event until the returned function is called. */
  listen(listener: StudioEventListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onClose(listener: (reason: ErrorData | null) => void): void {
    this.#channel.onClose(listener);
  }

  close(): void {
    this.#channel.close();
    this.#end(null);
  }

  #receive(raw: unknown, buffers: readonly Uint8Array[]): void {
    const parsed = fromStudioSchema.safeParse(raw);
    if (!parsed.success) return this.#fail(new AppError('protocolError', 'The studio sent a message that this page does not know.'));
    const message = parsed.data;
    if (message.type === 'hello') {
      if (message.protocol !== protocolVersion) this.#fail(protocolMismatch(message.protocol));
      return;
    }
    if (message.type === 'event') {
      for (const listener of this.#listeners) listener(message.event, buffers);
      return;
    }
    const pending = this.#pending.get(message.id);
    if (!pending) return;
    this.#pending.delete(message.id);
    if (message.type === 'error') return pending.reject(errorFromData(message.error));
    const value = studioMethods[pending.method].result.safeParse(message.value);
    if (value.success) pending.resolve({ value: value.data, buffers });
    else pending.reject(new AppError('protocolError', `The studio's answer to ${pending.method} does not have the expected shape.`));
  }

  #fail(error: AppError): void {
    this.#channel.close();
    this.#end(error);
  }

  #end(reason: ErrorData | null): void {
    this.#lost ??= new AppError(reason?.code ?? 'connectionLost', reason?.message ?? 'The connection to the studio was lost.');
    for (const pending of this.#pending.values()) pending.reject(this.#lost);
    this.#pending.clear();
  }
}
