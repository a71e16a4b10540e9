import { expect, test } from 'vitest';
import type { Progress } from '../../contract/reports.ts';
import { formatBytes, formatSeconds, progressBar, progressText } from './format.ts';
import { jsonOutput, textOutput } from './output.ts';

const progress = (step: number): Progress => ({
  stage: 'Drawing',
  step,
  steps: 4,
  secondsPerStep: step === 0 ? null : 1.5,
  secondsLeft: step === 0 ? null : 1.5 * (4 - step),
  preview: { width: 1, height: 1 },
  capture: null,
});

function terminal(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, columns: 80, written, write: (text: string) => written.push(text) };
}

test('a pipe gets plain lines, each once', () => {
  const [out, side] = [terminal(false), terminal(false)];
  const output = textOutput(out, side);
  for (const step of [0, 0, 1, 4]) output.progress(progress(step));
  output.result('picture', {}, 'house.png');
  expect(side.written).toEqual([
    'Drawing: step 0 of 4\n',
    'Drawing: step 1 of 4, 1.5 s a step, 4.5 s left\n',
    'Drawing: step 4 of 4, 1.5 s a step\n',
  ]);
  expect(out.written).toEqual(['house.png\n']);
});

test('a terminal gets a bar in place, gone before the next line', () => {
  const [out, side] = [terminal(true), terminal(true)];
  const output = textOutput(out, side);
  output.progress(progress(2));
  output.note('a note');
  expect(side.written).toEqual(['\r\x1b[KDrawing ████████████░░░░░░░░░░░░ 2/4  1.5 s a step, 3.0 s left', '\r\x1b[K', 'a note\n']);
});

test('machines get one object a line, without pixels', () => {
  const out = terminal(true);
  const output = jsonOutput(out);
  output.progress(progress(0));
  output.error({ code: 'cancelled', message: 'Stopped.', details: {} });
  expect(out.written.map((line) => JSON.parse(line) as unknown)).toEqual([
    { event: 'progress', stage: 'Drawing', step: 0, steps: 4, secondsPerStep: null, secondsLeft: null },
    { event: 'error', error: { code: 'cancelled', message: 'Stopped.', details: {} } },
  ]);
});

test('lines are cut to the terminal, and stages of one step have no bar', () => {
  expect(progressBar(progress(2), 10)).toHaveLength(10);
  expect(progressBar({ ...progress(0), steps: 1 }, 60)).toBe('Drawing…');
  expect(progressText({ ...progress(0), steps: 1 })).toBe('Drawing');
});

test('numbers are written for people', () => {
  expect([0, 1023, 1024, 5.5 * 2 ** 30, 2 ** 43].map(formatBytes)).toEqual(['0 B', '1023 B', '1.0 KiB', '5.5 GiB', '8.0 TiB']);
  expect([0.034, 3.21, 12.4, 59.9, 65, 7800].map(formatSeconds)).toEqual([
    '0.03 s',
    '3.2 s',
    '12 s',
    '1 min 00 s',
    '1 min 05 s',
    '2 h 10 min',
  ]);
});
