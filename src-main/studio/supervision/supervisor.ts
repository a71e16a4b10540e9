import type { ErrorData } from '../../contract/errors.ts';

/**
 * What happens to the engine process, as a pure function: events in, new state and effects out. The rest of the studio carries the
 * effects out and reports what came of them.
 */
export interface SupervisorState {
  readonly phase: 'starting' | 'ready' | 'busy' | 'stopping' | 'dead';
  /** The job that the engine has; kept until the engine answers or dies. */
  readonly job: number | null;
  /** Crashes while a job ran, by job. */
  readonly crashesByJob: ReadonlyMap<number, number>;
  /** Milliseconds of the crashes that no job explains, within the last minute. */
  readonly idleCrashes: readonly number[];
  /** Crashes since the engine last did something right; sets the back-off. */
  readonly crashesInRow: number;
  readonly crashes: number;
  readonly isSafeMode: boolean;
  readonly lastError: ErrorData | null;
  /** Why the studio itself killed the engine, until its end is reported. */
  readonly killReason: ErrorData | null;
}

export type SupervisorEvent =
  | { readonly type: 'start' }
  | { readonly type: 'hello' }
  | { readonly type: 'jobGiven'; readonly job: number }
  | { readonly type: 'jobAnswered'; readonly job: number }
  /** The process is gone; `reason` says how, in a sentence. */
  | { readonly type: 'exited'; readonly time: number; readonly reason: string }
  /** No heartbeat, no sign of work, a broken protocol, a start that takes too long: the engine must be killed. */
  | { readonly type: 'failed'; readonly error: ErrorData }
  | { readonly type: 'restartDue' }
  | { readonly type: 'restart' }
  | { readonly type: 'stop' };

export type SupervisorEffect =
  | { readonly type: 'spawn'; readonly isSafeMode: boolean }
  | { readonly type: 'kill' }
  /** Ask politely, and kill when it takes too long. */
  | { readonly type: 'shutDown' }
  | { readonly type: 'restartLater'; readonly delayMs: number }
  | { readonly type: 'requeueJob'; readonly job: number; readonly error: ErrorData }
  | { readonly type: 'poisonJob'; readonly job: number; readonly error: ErrorData }
  | { readonly type: 'notice'; readonly text: string };

export const maxCrashesOfJob = 3;
const maxIdleCrashes = 3;
const idleCrashWindowMs = 60_000;
const firstBackOffMs = 200;
const maxBackOffMs = 10_000;

export const initialSupervisorState: SupervisorState = {
  phase: 'dead',
  job: null,
  crashesByJob: new Map(),
  idleCrashes: [],
  crashesInRow: 0,
  crashes: 0,
  isSafeMode: false,
  lastError: null,
  killReason: null,
};

type Outcome = readonly [SupervisorState, readonly SupervisorEffect[]];

export function supervise(state: SupervisorState, event: SupervisorEvent): Outcome {
  switch (event.type) {
    case 'start':
    case 'restartDue':
      return state.phase === 'dead' ? [{ ...state, phase: 'starting' }, [{ type: 'spawn', isSafeMode: state.isSafeMode }]] : [state, []];
    case 'hello':
      return state.phase === 'starting' ? [{ ...state, phase: 'ready' }, []] : [state, []];
    case 'jobGiven':
      return state.phase === 'ready' ? [{ ...state, phase: 'busy', job: event.job }, []] : [state, []];
    case 'jobAnswered':
      return state.phase === 'busy' && state.job === event.job ? [answered(state, event.job), []] : [state, []];
    case 'failed':
      return state.phase === 'dead' || state.killReason ? [state, []] : [{ ...state, killReason: event.error }, [{ type: 'kill' }]];
    case 'exited':
      return exited(state, event);
    case 'restart':
      return restart(state);
    case 'stop':
      return state.phase === 'dead' ? [state, []] : [{ ...state, phase: 'stopping' }, [{ type: 'shutDown' }]];
  }
}

function answered(state: SupervisorState, job: number): SupervisorState {
  const crashesByJob = new Map(state.crashesByJob);
  crashesByJob.delete(job);
  return { ...state, phase: 'ready', job: null, crashesByJob, crashesInRow: 0 };
}

/** A person asks for a fresh engine: leaves safe mode and forgets the crashes. */
function restart(state: SupervisorState): Outcome {
  const fresh = { ...state, isSafeMode: false, idleCrashes: [], crashesInRow: 0, lastError: null };
  if (state.phase === 'dead') return [{ ...fresh, phase: 'starting' }, [{ type: 'spawn', isSafeMode: false }]];
  const error = { code: 'engineRestarted', message: 'The engine was restarted on request.', details: {} };
  return state.killReason ? [fresh, []] : [{ ...fresh, killReason: error }, [{ type: 'kill' }]];
}

function exited(state: SupervisorState, event: { readonly time: number; readonly reason: string }): Outcome {
  const over = { ...state, phase: 'dead', job: null, killReason: null } as const;
  if (state.phase === 'dead') return [state, []];
  if (state.phase === 'stopping') return [over, jobEffects(state, stoppedError)];
  if (state.killReason?.code === 'engineRestarted') {
    return [{ ...over, phase: 'starting' }, [...jobEffects(state, state.killReason), { type: 'spawn', isSafeMode: state.isSafeMode }]];
  }
  const error = state.killReason ?? { code: 'engineCrashed', message: `The engine stopped unexpectedly (${event.reason}).`, details: {} };
  const crashed = { ...over, lastError: error, crashes: state.crashes + 1, crashesInRow: state.crashesInRow + 1 };
  const wait = { type: 'restartLater', delayMs: Math.min(maxBackOffMs, firstBackOffMs * 2 ** state.crashesInRow) } as const;
  return state.job === null ? crashedIdle(crashed, event.time, wait) : crashedAtWork(crashed, state.job, error, wait);
}

function crashedAtWork(state: SupervisorState, job: number, error: ErrorData, wait: SupervisorEffect): Outcome {
  const count = (state.crashesByJob.get(job) ?? 0) + 1;
  const crashesByJob = new Map(state.crashesByJob);
  if (count < maxCrashesOfJob) {
    crashesByJob.set(job, count);
    return [{ ...state, crashesByJob }, [{ type: 'requeueJob', job, error }, wait]];
  }
  crashesByJob.delete(job);
  return [{ ...state, crashesByJob, crashesInRow: 0 }, [{ type: 'poisonJob', job, error: poisonError(error) }, wait]];
}

function crashedIdle(state: SupervisorState, time: number, wait: SupervisorEffect): Outcome {
  const idleCrashes = [...state.idleCrashes.filter((past) => time - past < idleCrashWindowMs), time];
  if (idleCrashes.length < maxIdleCrashes || state.isSafeMode) return [{ ...state, idleCrashes }, [wait]];
  const text = 'The engine stopped three times within a minute. It was restarted in safe mode: on the processor only.';
  return [{ ...state, idleCrashes: [], isSafeMode: true }, [{ type: 'notice', text }, wait]];
}

function jobEffects(state: SupervisorState, error: ErrorData): SupervisorEffect[] {
  return state.job === null ? [] : [{ type: 'requeueJob', job: state.job, error }];
}

const stoppedError: ErrorData = { code: 'engineStopped', message: 'The engine was stopped before the job was finished.', details: {} };

/** What a job is marked with that took the engine down again and again. */
export function poisonError(last: ErrorData): ErrorData {
  const message = `The engine stopped ${maxCrashesOfJob} times during this job, which will not be tried again by itself. The last time: ${last.message}`;
  return { code: 'poisonousJob', message, details: { crashes: maxCrashesOfJob } };
}
