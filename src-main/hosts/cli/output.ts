import type { ErrorData } from '../../contract/errors.ts';
import type { Progress } from '../../contract/reports.ts';
import { progressBar, progressText } from './format.ts';

/** What a command says: people read lines and a bar, machines read one JSON object a line. */
export interface Output {
  readonly isJson: boolean;
  /** A line of the result: `text` for people, the rest for machines. */
  result(event: string, data: object, text: string): void;
  progress(progress: Progress): void;
  /** Something to know that is not the result. */
  note(text: string): void;
  error(error: ErrorData): void;
}

interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Machines: everything on standard output, so that one pipe carries the order. */
export function jsonOutput(out: Terminal): Output {
  const line = (event: string, data: object) => void out.write(`${JSON.stringify({ event, ...data })}\n`);
  return {
    isJson: true,
    result: (event, data) => line(event, data),
    progress: ({ preview: _preview, capture: _capture, ...progress }) => line('progress', progress),
    note: (text) => line('note', { text }),
    error: (error) => line('error', { error }),
  };
}

/** People: results on standard output, progress and errors on standard error; the bar is drawn in place on a terminal only. */
export function textOutput(out: Terminal, side: Terminal): Output {
  const isTerminal = side.isTTY === true;
  let isBarShown = false;
  let lastLine = '';
  const clear = () => {
    if (isBarShown) side.write('\r\x1b[K');
    isBarShown = false;
  };
  const say = (terminal: Terminal, text: string) => {
    clear();
    terminal.write(`${text}\n`);
  };
  return {
    isJson: false,
    result: (_event, _data, text) => say(out, text),
    progress(progress) {
      if (isTerminal) {
        side.write(`\r\x1b[K${progressBar(progress, (side.columns ?? 80) - 1)}`);
        isBarShown = true;
        return;
      }
      const text = progressText(progress);
      if (text !== lastLine) say(side, text);
      lastLine = text;
    },
    note: (text) => say(side, text),
    error: ({ code, message }) => say(side, `${message} [${code}]`),
  };
}
