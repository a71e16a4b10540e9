import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { FromEngine } from '../contract/engine-messages.ts';
import { memoryChannelPair } from '../contract/memory-channel.ts';
import { protocolVersion } from '../contract/protocol.ts';
import { modelInfoSchema, planSchema } from '../contract/reports.ts';
import type { EngineService, WorkHooks } from './engine-service.ts';
import { JobRunner } from './job-runner.ts';

/** Some turns of the event loop, since a checkpoint takes one: counted and not timed, so that a busy computer changes nothing. */
const turn = async () => {
  for (let count = 0; count < 5; count++) await nextTurn();
};
const recipe = { prompt: 'a house', seed: 1 };
const generate = (prompt: string) => ({ kind: 'generate', recipe: { ...recipe, prompt }, assets: {} });
const info = modelInfoSchema.parse({ id: 'x', path: 'x', name: 'x', kind: 'lora', family: null, bytes: 1, usable: true });

/** A runner whose generate goes on only when it is told to. */
function run() {
  const [near, far] = memoryChannelPair();
  const messages: FromEngine[] = [];
  const calls: string[] = [];
  const exits: number[] = [];
  const goOn: (() => void)[] = [];
  let seconds = 0;
  const refuse = () => Promise.reject(new Error('not in this test'));
  const work = async (name: string, hooks: WorkHooks) => {
    calls.push(name);
    for (let step = 0; step < 3; step++) {
      hooks.progress({ stage: 'Drawing', step, steps: 3 });
      await new Promise<void>((resolve) => goOn.push(resolve));
      await hooks.checkpoint();
    }
    calls.push(`${name} done`);
    return [];
  };
  const service: EngineService = {
    generate: (input, _assets, hooks) =>
      input.prompt === 'broken' ? Promise.reject(new TypeError('x is not a function')) : work(input.prompt, hooks),
    inspectModel: () => Promise.resolve(info),
    inspectCompanions: () => Promise.resolve([]),
    plan: () => Promise.resolve(planSchema.parse(null)),
    load: refuse,
    describe: refuse,
    doctor: refuse,
    verify: (_folder, _groups, emit) => {
      for (const ok of [true, false, true]) emit({ group: 'g', name: 'n', ok, error: null, limit: null, note: '' });
      return Promise.resolve();
    },
    bench: refuse,
    dispose: () => Promise.resolve(),
  };
  const runner = new JobRunner({
    channel: far,
    service: () => Promise.resolve(service),
    markWork: () => undefined,
    now: () => (seconds += 1000),
    exit: (code) => exits.push(code),
  });
  near.onMessage((message) => messages.push(message as FromEngine));
  const step = async () => {
    for (const resolve of goOn.splice(0)) resolve();
    await turn();
  };
  const ask = async (id: number, request: object) => {
    near.send({ type: 'request', id, request });
    await turn();
  };
  const answers = () =>
    messages.flatMap((message) => (message.type === 'result' || message.type === 'error' ? [[message.type, message.id]] : []));
  return { near, runner, messages, calls, exits, step, ask, answers };
}

test('heavy requests run one after another, light ones in between', async () => {
  const { ask, step, calls, answers } = run();
  await ask(1, generate('first'));
  await ask(2, generate('second'));
  await ask(3, { kind: 'inspect', path: 'x' });
  expect(calls).toEqual(['first']);
  expect(answers()).toEqual([['result', 3]]);
  for (let count = 0; count < 6; count++) await step();
  expect(calls).toEqual(['first', 'first done', 'second', 'second done']);
  expect(answers().slice(1)).toEqual([
    ['result', 1],
    ['result', 2],
  ]);
});

test('cancel ends the running request at its next checkpoint and a waiting one before it begins; each is answered once', async () => {
  const { near, ask, step, calls, answers, messages } = run();
  await ask(1, generate('first'));
  await ask(2, generate('second'));
  for (const id of [2, 1, 1, 7]) near.send({ type: 'cancel', id });
  await turn();
  await step();
  await step();
  expect(calls).toEqual(['first']);
  expect(answers()).toEqual([
    ['error', 1],
    ['error', 2],
  ]);
  for (const message of messages) if (message.type === 'error') expect(message.error.code).toBe('cancelled');
  near.send({ type: 'cancel', id: 1 });
  await turn();
  expect(answers().length).toBe(2);
});

test('progress carries seconds a step and seconds left once a step has been measured', async () => {
  const { ask, step, messages } = run();
  await ask(1, generate('first'));
  await step();
  const times = messages.flatMap((message) =>
    message.type === 'progress' ? [[message.progress.secondsPerStep, message.progress.secondsLeft]] : [],
  );
  expect(times).toEqual([
    [null, null],
    [1, 2],
  ]);
});

test('a request of a wrong shape is answered when it has an id, and the next one is served', async () => {
  const { near, ask, answers, messages } = run();
  for (const bad of [
    { type: 'request', id: 4, request: { kind: 'paint' } },
    { type: 'request' },
    null,
    [],
    'text',
    { type: 'cancel', id: 'x' },
  ])
    near.send(bad as object);
  await turn();
  expect(answers()).toEqual([['error', 4]]);
  expect(messages.filter(({ type }) => type === 'log').length).toBe(5);
  await ask(5, { kind: 'inspect', path: 'x' });
  expect(answers().at(-1)).toEqual(['result', 5]);
});

test('an unexpected error is answered as internal, with its stack in the log only', async () => {
  const { ask, messages } = run();
  await ask(1, generate('broken'));
  expect(messages).toMatchObject([
    { type: 'log', level: 'error' },
    { type: 'error', error: { code: 'internal', message: 'x is not a function', details: {} } },
  ]);
});

test('verify counts what it emits', async () => {
  const { ask, messages } = run();
  await ask(1, { kind: 'verify', folder: 'x', groups: null, match: '', device: 'cpu' });
  expect(messages.at(-1)).toEqual({ type: 'result', id: 1, value: { passed: 2, failed: 1 } });
});

test('another protocol version ends the engine, and so does the end of the studio', async () => {
  const one = run();
  one.near.send({ type: 'hello', protocol: protocolVersion + 1, role: 'studio', version: '9' });
  await turn();
  expect(one.exits).toEqual([1]);
  const two = run();
  two.near.close();
  await turn();
  expect(two.exits).toEqual([0]);
});
