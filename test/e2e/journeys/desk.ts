import type { StudioPage } from '../studio-page.ts';

/** A window on a data folder of its own, in the desktop app or in a browser, with the real studio and engine behind it. */
export interface Desk {
  readonly studio: StudioPage;
  /** Where the studio keeps its data: pictures and painted layers are looked at there, past the application. */
  readonly dataFolder: string;
  /** Ends everything in order and starts it again; the window that comes back is `studio` from then on. */
  restart(): Promise<void>;
  /** Kills the studio without warning and lets it come back; the window stays open. */
  killStudio(): Promise<void>;
  /** Kills the engine without warning; answers how many processes that were. */
  killEngine(): number;
}

export interface Journey {
  readonly name: string;
  run(desk: Desk): Promise<void>;
}
