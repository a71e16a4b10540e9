import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';

/** Milliseconds between two heartbeats. */
export const heartbeatPeriodMs = 1000;

/** Written in place of the busy time while nothing runs. */
export const idleMark = 0xffff_ffff;

/**
 * Starts a thread that writes, every second, four bytes to a pipe of its own: milliseconds since the last sign of work (u32 LE), or
 * `idleMark`. A pipe of its own, because the main thread may be inside a model call for seconds, and half a frame of it may be on
 * the other pipe.
 * @returns the function that notes a sign of work, and that nothing runs
 */
export function startHeartbeat(fileDescriptor: number): (isBusy: boolean) => void {
  const shared = new BigInt64Array(new SharedArrayBuffer(8));
  const data = { shared, fileDescriptor, periodMs: heartbeatPeriodMs, idleMark };
  const worker = new Worker(new URL(`./heartbeat-worker${extname(import.meta.url)}`, import.meta.url), { workerData: data });
  worker.unref();
  // A heartbeat that cannot run looks like a dead engine to the studio, which is the right outcome; it must not be an uncaught error here.
  worker.on('error', () => undefined);
  return (isBusy) => void Atomics.store(shared, 0, isBusy ? BigInt(Date.now()) : 0n);
}
