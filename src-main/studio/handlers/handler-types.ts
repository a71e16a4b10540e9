import type { ParsedStudioParams, StudioMethod, StudioResult } from '../../contract/studio-methods.ts';
import type { WithBuffers } from '../with-buffers.ts';

type MaybePromise<Value> = Value | Promise<Value>;

/** One function for each method, tied to its parameters and its result. */
export type Handlers = {
  readonly [Method in StudioMethod]: (
    params: ParsedStudioParams<Method>,
    buffers: readonly Uint8Array[],
  ) => MaybePromise<StudioResult<Method> | WithBuffers<StudioResult<Method>>>;
};

export type HandlersOf<Prefix extends string> = Pick<Handlers, Extract<StudioMethod, `${Prefix}.${string}`>>;
