import { expect, test } from 'vitest';
import { Watchdog } from './watchdog.ts';

function checks(watchdog: Watchdog, times: number): string | null {
  for (let time = 0; time < times; time++) {
    const error = watchdog.check();
    if (error) return error.message;
  }
  return null;
}

test('an engine that sends heartbeats is left alone, however long the wait between checks was', () => {
  const watchdog = new Watchdog();
  for (let time = 0; time < 100; time++) {
    watchdog.heartbeat(null);
    expect(checks(watchdog, 10)).toBeNull();
  }
});

test('an engine without a heartbeat for more than fifteen checks hangs', () => {
  const watchdog = new Watchdog();
  expect(checks(watchdog, 15)).toBeNull();
  expect(checks(watchdog, 1)).toContain('gave none for 16 seconds');
});

test('an engine in one step for more than ten minutes hangs, unless longer steps have been seen', () => {
  const fresh = new Watchdog();
  fresh.heartbeat(601_000);
  expect(checks(fresh, 1)).toContain('may take 600 seconds');

  const slow = new Watchdog();
  slow.heartbeat(100_000);
  slow.heartbeat(1000);
  slow.heartbeat(601_000);
  expect(checks(slow, 1)).toBeNull();
  slow.heartbeat(2_000_001);
  expect(checks(slow, 1)).toContain('may take 2000 seconds');
});
