import { describe, expect, test } from 'vitest';
import { initialSupervisorState, supervise, type SupervisorEffect, type SupervisorEvent, type SupervisorState } from './supervisor.ts';

const exited = (time = 0): SupervisorEvent => ({ type: 'exited', time, reason: 'signal SIGKILL' });
const started: SupervisorEvent[] = [{ type: 'start' }, { type: 'hello' }];
const restarted: SupervisorEvent[] = [{ type: 'restartDue' }, { type: 'hello' }];

/** The last state and the effects of the last event. */
function after(events: readonly SupervisorEvent[], from = initialSupervisorState): [SupervisorState, readonly SupervisorEffect[]] {
  return events.reduce<[SupervisorState, readonly SupervisorEffect[]]>(([state], event) => [...supervise(state, event)], [from, []]);
}

const types = (effects: readonly SupervisorEffect[]) => effects.map(({ type }) => type);

describe('the ordinary life of an engine', () => {
  test.each<[string, SupervisorEvent[], SupervisorState['phase'], string[]]>([
    ['starts', [{ type: 'start' }], 'starting', ['spawn']],
    ['is not started twice', [{ type: 'start' }, { type: 'start' }], 'starting', []],
    ['is ready after its hello', started, 'ready', []],
    ['is busy with a job', [...started, { type: 'jobGiven', job: 1 }], 'busy', []],
    ['is ready after the answer', [...started, { type: 'jobGiven', job: 1 }, { type: 'jobAnswered', job: 1 }], 'ready', []],
    ["does not take another job's answer", [...started, { type: 'jobGiven', job: 1 }, { type: 'jobAnswered', job: 2 }], 'busy', []],
    ['is asked to stop', [...started, { type: 'stop' }], 'stopping', ['shutDown']],
    ['ends after a stop without a restart', [...started, { type: 'stop' }, exited()], 'dead', []],
    [
      'gives the job back when it is stopped',
      [...started, { type: 'jobGiven', job: 1 }, { type: 'stop' }, exited()],
      'dead',
      ['requeueJob'],
    ],
    ['has nothing to stop when it is dead', [{ type: 'stop' }], 'dead', []],
    ['does not mind a second exit', [...started, exited(), exited()], 'dead', []],
  ])('%s', (_name, events, phase, effects) => {
    const [state, last] = after(events);
    expect({ phase: state.phase, effects: types(last) }).toEqual({ phase, effects });
  });
});

describe('crashes', () => {
  const atWork: SupervisorEvent[] = [{ type: 'jobGiven', job: 7 }, exited()];

  test('the job comes back twice and is poisonous the third time', () => {
    const [first, one] = after([...started, ...atWork]);
    const [second, two] = after([...restarted, ...atWork], first);
    const [third, three] = after([...restarted, ...atWork], second);
    expect([one, two, three].map(types)).toEqual([
      ['requeueJob', 'restartLater'],
      ['requeueJob', 'restartLater'],
      ['poisonJob', 'restartLater'],
    ]);
    expect(third.crashesByJob.size).toBe(0);
    expect(third.crashes).toBe(3);
  });

  test('a job that was answered in between is forgiven', () => {
    const [state] = after([
      ...started,
      ...atWork,
      ...restarted,
      ...atWork,
      ...restarted,
      { type: 'jobGiven', job: 7 },
      { type: 'jobAnswered', job: 7 },
    ]);
    expect(state.crashesByJob.size).toBe(0);
    expect(state.crashesInRow).toBe(0);
  });

  test('the wait before a restart doubles up to ten seconds and starts over after a success', () => {
    let state = after([{ type: 'start' }])[0];
    const waits: number[] = [];
    for (let crash = 0; crash < 9; crash++) {
      const [next, effects] = supervise(state, exited(crash * 100_000));
      for (const effect of effects) if (effect.type === 'restartLater') waits.push(effect.delayMs);
      state = after(restarted, next)[0];
    }
    expect(waits).toEqual([200, 400, 800, 1600, 3200, 6400, 10_000, 10_000, 10_000]);
    const [, again] = after([{ type: 'jobGiven', job: 1 }, { type: 'jobAnswered', job: 1 }, exited(1e9)], state);
    expect(again).toEqual([{ type: 'restartLater', delayMs: 200 }]);
  });

  test('three within a minute without a job lead to safe mode, three in an hour do not', () => {
    const crashAt = (times: readonly number[]) =>
      after([{ type: 'start' }, ...times.flatMap((time) => [exited(time), { type: 'restartDue' } as const])]);
    expect(crashAt([0, 20_000, 40_000])[0].isSafeMode).toBe(true);
    expect(crashAt([0, 20_000, 40_000])[1]).toEqual([{ type: 'spawn', isSafeMode: true }]);
    expect(crashAt([0, 1_000_000, 2_000_000])[0].isSafeMode).toBe(false);
  });

  test('asking for a restart leaves safe mode', () => {
    const safe = { ...initialSupervisorState, isSafeMode: true };
    expect(after([{ type: 'restart' }], safe)[1]).toEqual([{ type: 'spawn', isSafeMode: false }]);
  });
});

describe('an engine that must be killed', () => {
  const hung = { code: 'engineHung', message: 'no sign of life', details: {} };

  test('is killed once, and its job is told why', () => {
    const [state, effects] = after([...started, { type: 'jobGiven', job: 3 }, { type: 'failed', error: hung }]);
    expect(effects).toEqual([{ type: 'kill' }]);
    expect(supervise(state, { type: 'failed', error: hung })[1]).toEqual([]);
    const [dead, last] = supervise(state, exited());
    expect(last[0]).toEqual({ type: 'requeueJob', job: 3, error: hung });
    expect(dead.lastError).toEqual(hung);
  });

  test('on request it starts again at once, and its job is queued without being counted as a crash', () => {
    const [state, last] = after([...started, { type: 'jobGiven', job: 3 }, { type: 'restart' }, exited()]);
    expect(types(last)).toEqual(['requeueJob', 'spawn']);
    expect({ phase: state.phase, crashes: state.crashes, jobs: state.crashesByJob.size }).toEqual({
      phase: 'starting',
      crashes: 0,
      jobs: 0,
    });
  });
});
