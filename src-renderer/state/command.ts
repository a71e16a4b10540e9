import type { Studio } from './studio.svelte.ts';

/** Every action of the application: what the palette lists, shortcuts start and menus name. */
export interface Command {
  readonly id: string;
  readonly title: string;
  readonly group: 'Generate' | 'Edit' | 'Tools' | 'Layers' | 'View' | 'Document' | 'Application';
  /** Chords unless the person chose another; the first is shown. */
  readonly keys: readonly string[];
  /** Works while typing in a field. */
  readonly isGlobal?: boolean;
  isEnabled?(studio: Studio): boolean;
  run(studio: Studio): unknown;
}
