import type { CommandHelp } from './usage.ts';
import type { Output } from './output.ts';

export interface CommandContext {
  readonly output: Output;
  /** Shows the engine's log. */
  readonly isVerbose: boolean;
}

/** One command of the program. */
export interface Command {
  readonly help: CommandHelp;
  /** Exit code: 0 ok, 1 failed. @throws UsageError for exit code 2, AppError for 1 with a sentence */
  run(args: readonly string[], context: CommandContext): Promise<number>;
}
