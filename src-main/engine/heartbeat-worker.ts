import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';

const { shared, fileDescriptor, periodMs, idleMark } = workerData as {
  shared: BigInt64Array<SharedArrayBuffer>;
  fileDescriptor: number;
  periodMs: number;
  idleMark: number;
};

function beat(): void {
  const since = Atomics.load(shared, 0);
  const busyMs = since === 0n ? idleMark : Math.min(idleMark - 1, Math.max(0, Date.now() - Number(since)));
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, busyMs, true);
  try {
    writeSync(fileDescriptor, bytes);
  } catch {
    // The studio is gone; the main thread ends the process when it sees the closed channel.
    clearInterval(timer);
  }
}

const timer = setInterval(beat, periodMs);
beat();
