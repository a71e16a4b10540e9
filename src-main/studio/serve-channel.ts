import { randomUUID } from 'node:crypto';
import type { Channel } from '../contract/channel.ts';
import { AppError, errorData } from '../contract/errors.ts';
import { protocolMismatch, protocolVersion } from '../contract/protocol.ts';
import { toStudioSchema, type FromStudio } from '../contract/studio-messages.ts';
import { studioMethods, type StudioMethod } from '../contract/studio-methods.ts';
import { applicationVersion } from '../contract/version.ts';
import { createHandlers, readingMethods } from './handlers/handler-table.ts';
import type { Handlers } from './handlers/handler-types.ts';
import { storeError } from './store/database.ts';
import type { Studio } from './studio.ts';
import { WithBuffers } from './with-buffers.ts';

/** Serves one page: checks every message, answers every request once, and passes the studio's events on after the hello. */
export function serveChannel(studio: Studio, channel: Channel): void {
  const page = randomUUID();
  const handlers = createHandlers(studio, page);
  const send = (message: FromStudio, buffers: readonly Uint8Array[] = []) => channel.send(message, buffers);
  let stopListening = () => {};
  send({ type: 'hello', protocol: protocolVersion, role: 'studio', version: applicationVersion });
  channel.onClose(() => {
    stopListening();
    studio.writers.leave(page);
  });
  channel.onMessage((raw, buffers) => {
    const parsed = toStudioSchema.safeParse(raw);
    if (!parsed.success) return refuse(raw, send);
    const message = parsed.data;
    if (message.type === 'request') return void answer(studio, handlers, message, buffers, send);
    if (message.protocol !== protocolVersion) {
      send({ type: 'error', id: 0, error: errorData(protocolMismatch(message.protocol)) });
      return channel.close();
    }
    stopListening();
    stopListening = studio.listen((event, eventBuffers) => send({ type: 'event', event }, eventBuffers));
  });
}

type Send = (message: FromStudio, buffers?: readonly Uint8Array[]) => void;

/** A message of an unknown shape is answered where it has an id, else dropped. */
function refuse(raw: unknown, send: Send): void {
  const id = typeof raw === 'object' && raw !== null && 'id' in raw ? raw.id : null;
  if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 0) return;
  send({ type: 'error', id, error: errorData(new AppError('badRequest', 'The studio was asked for something it does not know.')) });
}

interface Request {
  readonly id: number;
  readonly method: StudioMethod;
  readonly params?: unknown;
}

async function answer(studio: Studio, handlers: Handlers, request: Request, buffers: readonly Uint8Array[], send: Send): Promise<void> {
  const { id, method } = request;
  try {
    const params = studioMethods[method].params.safeParse(request.params);
    if (!params.success) throw badParams(method, params.error.issues);
    if (studio.library.isReadOnly && !readingMethods.has(method)) {
      throw new AppError('readOnly', 'This Strata only shows what is there: another one has the data folder, or it cannot be written.');
    }
    // The table's type ties each handler to its own method; here the method is only known to be one of them.
    const handler = handlers[method] as (params: unknown, buffers: readonly Uint8Array[]) => unknown;
    const result = await handler(params.data, buffers);
    if (result instanceof WithBuffers) send({ type: 'result', id, value: result.value }, result.buffers);
    else send({ type: 'result', id, value: result });
  } catch (error) {
    const data = errorData(storeError(error));
    if (data.code === 'internal')
      studio.log('error', `${method}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    send({ type: 'error', id, error: data });
  }
}

function badParams(method: StudioMethod, issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]): AppError {
  const [first] = issues;
  const place = first?.path.map(String).join('.') ?? '';
  return new AppError(
    'badRequest',
    `${method} does not take these parameters: ${place ? `${place}: ` : ''}${first?.message ?? 'wrong shape'}`,
    { method, place },
  );
}
