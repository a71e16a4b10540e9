import { Notification, powerSaveBlocker, type BrowserWindow } from 'electron';
import type { StudioClient } from '../contract/studio-client.ts';

/** A queue that ran shorter than this needs no word at its end. */
const longQueueMs = 60_000;

/** Follows the queue: progress on the taskbar, no sleep while drawing, a notification at the end of a long queue. */
export function watchJobs(client: StudioClient, window: BrowserWindow): void {
  let blocker: number | undefined;
  let startedAt = 0;
  const begin = () => {
    if (blocker !== undefined) return;
    blocker = powerSaveBlocker.start('prevent-app-suspension');
    startedAt = Date.now();
  };
  const end = () => {
    if (blocker === undefined) return;
    powerSaveBlocker.stop(blocker);
    blocker = undefined;
    if (!window.isDestroyed()) window.setProgressBar(-1);
    const isLong = Date.now() - startedAt > longQueueMs;
    if (isLong && !window.isDestroyed() && !window.isFocused() && Notification.isSupported()) {
      new Notification({ title: 'Strata', body: 'The queue is finished.' }).show();
    }
  };
  client.listen((event) => {
    if (event.kind === 'progress') {
      begin();
      const { step, steps } = event.progress;
      if (!window.isDestroyed()) window.setProgressBar(steps > 0 ? step / steps : 2);
    } else if (event.kind === 'queue') {
      void client.call('queue.list', { finished: 0 }).then(({ jobs }) => {
        if (jobs.every(({ state }) => state !== 'running' && state !== 'queued')) end();
      }, end);
    }
  });
  client.onClose(end);
}
