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
  readonly params: unknown;
  readonly buffers: readonly Uint8Array[];
  resolve(answer: Answer<StudioMethod>): void;
  reject(error: AppError): void;
}

export type StudioEventListener = (event: StudioEvent, buffers: readonly Uint8Array[]) => void;

export interface ClientIdentity {
  readonly role: string;
  readonly version: string;
  /** Waits for another channel when one ends, instead of giving up: `attach` goes on where the last one broke off. */
  readonly isPersistent?: boolean;
}

/** What would be done twice if the answer, and not the question, was lost. Everything else may be asked again. */
const askedOnce: ReadonlySet<StudioMethod> = new Set(['boards.create', 'documents.create', 'documents.import', 'queue.retry']);

/** The page's side of the studio protocol: typed calls with an answer each, and events. */
export class StudioClient {
  readonly #identity: ClientIdentity;
  #channel: Channel | null = null;
  readonly #pending = new Map<number, Pending>();
  readonly #listeners = new Set<StudioEventListener>();
  readonly #closeListeners = new Set<(reason: ErrorData | null) => void>();
  #nextId = 1;
  /** Set when nothing will be answered any more. */
  #ended: AppError | null = null;
  #lastReason: ErrorData | null = null;

  /** A persistent client may begin without a channel. */
  constructor(channel: Channel | null, identity: ClientIdentity) {
    this.#identity = identity;
    if (channel) this.attach(channel);
  }

  /** Goes on over another channel: what was not answered yet is asked again. */
  attach(channel: Channel): void {
    this.#channel = channel;
    channel.onMessage((message, buffers) => this.#channel === channel && this.#receive(message, buffers));
    channel.onClose((reason) => this.#channel === channel && this.#lose(reason));
    const { role, version } = this.#identity;
    channel.send({ type: 'hello', protocol: protocolVersion, role, version });
    for (const [id, { method, params, buffers }] of this.#pending) channel.send({ type: 'request', id, method, params }, buffers);
  }

  /**
   * Asks the studio and waits for its answer; a persistent client waits through lost connections.
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
    if (this.#ended) return Promise.reject(this.#ended);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { method, params, buffers, resolve, reject });
      this.#channel?.send({ type: 'request', id, method, params }, buffers);
    });
  }

  /** Hears every event until the returned function is called. */
  listen(listener: StudioEventListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Called each time a channel ends, and at once when it has ended for good. */
  onClose(listener: (reason: ErrorData | null) => void): void {
    this.#closeListeners.add(listener);
    if (this.#ended) listener(this.#lastReason);
  }

  /** Nothing will be answered any more, over whatever channel. */
  get isEnded(): boolean {
    return this.#ended !== null;
  }

  close(): void {
    this.#end(null);
  }

  #receive(raw: unknown, buffers: readonly Uint8Array[]): void {
    const parsed = fromStudioSchema.safeParse(raw);
    if (!parsed.success) return this.#end(new AppError('protocolError', 'The studio sent a message that this page does not know.'));
    const message = parsed.data;
    if (message.type === 'hello') {
      if (message.protocol !== protocolVersion) this.#end(protocolMismatch(message.protocol));
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

  /** The channel has ended by itself. */
  #lose(reason: ErrorData | null): void {
    if (this.#identity.isPersistent !== true) return this.#end(reason);
    this.#channel = null;
    for (const [id, pending] of this.#pending) {
      if (!askedOnce.has(pending.method) && !(pending.method === 'queue.add' && !hasKey(pending.params))) continue;
      this.#pending.delete(id);
      pending.reject(lossOf(reason));
    }
    this.#tellClosed(reason);
  }

  #end(reason: ErrorData | null): void {
    const channel = this.#channel;
    this.#channel = null;
    channel?.close();
    this.#ended ??= lossOf(reason);
    for (const pending of this.#pending.values()) pending.reject(this.#ended);
    this.#pending.clear();
    if (channel) this.#tellClosed(reason);
  }

  #tellClosed(reason: ErrorData | null): void {
    this.#lastReason = reason && { code: reason.code, message: reason.message, details: reason.details };
    for (const listener of this.#closeListeners) listener(this.#lastReason);
  }
}

function lossOf(reason: ErrorData | null): AppError {
  return reason instanceof AppError
    ? reason
    : new AppError(reason?.code ?? 'connectionLost', reason?.message ?? 'The connection to the studio was lost.');
}

/** Jobs with a key are added once however often they are sent. */
function hasKey(params: unknown): boolean {
  return typeof params === 'object' && params !== null && 'key' in params && params.key !== undefined;
}
