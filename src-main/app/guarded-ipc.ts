import { ipcMain, type IpcMainEvent, type IpcMainInvokeEvent } from 'electron';
import type { z } from 'zod';
import { originOf, pageOrigin } from './security.ts';

/** Longest message of a page on these channels; pictures and documents travel on the studio's port. */
const maxCharacters = 10_000;

type Sender = Pick<IpcMainEvent | IpcMainInvokeEvent, 'senderFrame' | 'sender'>;

/**
 * The only door from a page to the main process: known channels, from the main frame of our own page, with arguments that fit the schema.
 * Anything else is dropped and reported.
 */
export class GuardedIpc {
  readonly #report: (sentence: string) => void;

  constructor(report: (sentence: string) => void) {
    this.#report = report;
  }

  /** A question with an answer; the page's promise is rejected when the door stays shut. */
  handle<Schema extends z.ZodType>(
    channel: string,
    schema: Schema,
    answer: (value: z.output<Schema>, event: IpcMainInvokeEvent) => unknown,
  ): void {
    ipcMain.handle(channel, (event, ...args: unknown[]) => {
      const value = this.#admit(channel, schema, event, args);
      if (value === refused) throw new Error('Refused.');
      return answer(value, event);
    });
  }

  /** A notice without an answer. */
  on<Schema extends z.ZodType>(channel: string, schema: Schema, receive: (value: z.output<Schema>, event: IpcMainEvent) => void): void {
    ipcMain.on(channel, (event, ...args: unknown[]) => {
      const value = this.#admit(channel, schema, event, args);
      if (value !== refused) receive(value, event);
    });
  }

  #admit<Schema extends z.ZodType>(
    channel: string,
    schema: Schema,
    sender: Sender,
    args: readonly unknown[],
  ): z.output<Schema> | typeof refused {
    const reason = senderProblem(sender) ?? sizeProblem(args);
    const parsed = reason === null ? schema.safeParse(args[0]) : null;
    if (parsed?.success) return parsed.data;
    this.#report(`A message on ${channel} was refused: ${reason ?? 'its content has the wrong form'}.`);
    return refused;
  }
}

const refused: unique symbol = Symbol('refused');

function senderProblem({ senderFrame, sender }: Sender): string | null {
  if (senderFrame === null || senderFrame !== sender.mainFrame) return 'it does not come from the main frame';
  return originOf(senderFrame.url) === pageOrigin ? null : 'it does not come from the studio page';
}

function sizeProblem(args: readonly unknown[]): string | null {
  if (args.length > 1) return 'it has more than one argument';
  return (JSON.stringify(args) ?? '').length > maxCharacters ? 'it is too large' : null;
}
