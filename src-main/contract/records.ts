import { z } from 'zod';
import { assetIdSchema, errorDataSchema } from './protocol.ts';
import { precisions, promptSyntaxes, recipeSchema } from './recipe.ts';
import { captureInfoSchema } from './reports.ts';

/** What the studio keeps. Times are milliseconds since 1970 for display only; order comes from ids and positions, never from the clock. */

export const rowId = z.number().int().positive();
const time = z.number();

export const jobStates = ['queued', 'running', 'done', 'failed', 'cancelled', 'poisonous'] as const;
export const jobSchema = z.object({
  id: rowId,
  state: z.enum(jobStates),
  priority: z.enum(['interactive', 'bulk']),
  /** Order among the queued jobs of one priority; may be fractional. */
  position: z.number(),
  recipe: recipeSchema,
  /** Document whose frame the job was started from. */
  document: z.string().nullable(),
  attempts: z.number().int(),
  createdAt: time,
  startedAt: time.nullable(),
  finishedAt: time.nullable(),
  error: errorDataSchema.nullable(),
  /** Gallery rows of the finished pictures. */
  pictures: z.array(rowId),
});
export type Job = z.output<typeof jobSchema>;

export const pictureSchema = z.object({
  id: rowId,
  /** The PNG: `asset://<asset>` in Electron, `/asset/<asset>` in the browser. */
  asset: assetIdSchema,
  width: z.number().int(),
  height: z.number().int(),
  recipe: recipeSchema,
  createdAt: time,
  starred: z.boolean(),
  board: rowId.nullable(),
  isTrashed: z.boolean(),
  /** Seconds that drawing took; null for a picture read back from its file. */
  seconds: z.number().nullable(),
  job: rowId.nullable(),
  capture: z.object({ info: captureInfoSchema, asset: assetIdSchema }).nullable(),
});
export type Picture = z.output<typeof pictureSchema>;

export const boardSchema = z.object({ id: rowId, name: z.string().min(1).max(200), pictures: z.number().int() });
export type Board = z.output<typeof boardSchema>;

export const gallerySearchSchema = z.object({
  /** Words that prompt, negative prompt, model, LoRA or sampler must begin with; `seed:12` and `size:512x512` work too. */
  text: z.string().max(1000).default(''),
  board: rowId.nullable().default(null),
  isStarred: z.boolean().default(false),
  isTrashed: z.boolean().default(false),
  from: time.nullable().default(null),
  to: time.nullable().default(null),
  offset: z.number().int().nonnegative().default(0),
  limit: z.number().int().min(1).max(500).default(100),
});
export type GallerySearch = z.output<typeof gallerySearchSchema>;

const settingsFields = {
  theme: z.enum(['system', 'dark', 'light']),
  device: z.enum(['auto', 'cpu', 'gpu']),
  /** Of new pictures; it is part of their recipe. */
  precision: z.enum(precisions),
  maxMemoryBytes: z.number().int().positive().nullable(),
  promptSyntax: z.enum(promptSyntaxes),
  /** Command name to key chord; missing commands keep their own. */
  shortcuts: z.record(z.string(), z.string().max(60)),
  /** Folders whose models are indexed in place; never written to. */
  modelFolders: z.array(z.string().max(4096)).max(100),
  /** What the interface remembers: panel sizes, last document, dismissed hints. */
  interface: z.record(z.string(), z.json()),
};

/** Every field has a default, so that a broken or older file costs only what is broken in it. */
export const settingsSchema = z.object({
  theme: settingsFields.theme.default('dark'),
  device: settingsFields.device.default('auto'),
  precision: settingsFields.precision.default('full'),
  maxMemoryBytes: settingsFields.maxMemoryBytes.default(null),
  promptSyntax: settingsFields.promptSyntax.default('a1111'),
  shortcuts: settingsFields.shortcuts.default({}),
  modelFolders: settingsFields.modelFolders.default([]),
  interface: settingsFields.interface.default({}),
});
/** Some of the fields; without defaults, which would reset the others. */
export const settingsChangeSchema = z.object(settingsFields).partial();
export type SettingsChange = z.output<typeof settingsChangeSchema>;
export type Settings = z.output<typeof settingsSchema>;

/** One entry of a document's journal. The command is the renderer's own data; pixels in it are asset ids, named once more in `assets`. */
export const journalEntrySchema = z.object({
  kind: z.enum(['do', 'undo', 'redo']),
  command: z.json(),
  assets: z.array(assetIdSchema).max(4096).default([]),
});
export type JournalEntry = z.output<typeof journalEntrySchema>;

export const documentSummarySchema = z.object({
  id: z.string().min(1).max(100),
  name: z.string().max(200),
  updatedAt: time,
  /** Number of the last entry; the first is 1, 0 means none. */
  sequence: z.number().int().nonnegative(),
});
export type DocumentSummary = z.output<typeof documentSummarySchema>;

export const documentContentSchema = z.object({
  document: documentSummarySchema,
  /** State after entry `sequence`, as the renderer gave it; null when there is none yet. */
  snapshot: z.object({ sequence: z.number().int(), state: z.json() }).nullable(),
  /** Entries after the snapshot, in order. */
  entries: z.array(journalEntrySchema),
});
export type DocumentContent = z.output<typeof documentContentSchema>;

export const engineStateSchema = z.object({
  state: z.enum(['starting', 'ready', 'busy', 'stopping', 'dead']),
  /** After repeated crashes: CPU only, nothing loaded until asked for. */
  isSafeMode: z.boolean(),
  /** What went wrong last, for the device chip. */
  lastError: errorDataSchema.nullable(),
  crashes: z.number().int(),
});
export type EngineState = z.output<typeof engineStateSchema>;

export const studioStateSchema = z.object({
  version: z.string(),
  dataFolder: z.string(),
  /** The folder cannot be written, or another studio has it. */
  isReadOnly: z.boolean(),
  isQueuePaused: z.boolean(),
  engine: engineStateSchema,
  /** Things that happened at start and that the user must know, as sentences (a database that was moved aside). */
  notices: z.array(z.string()),
});
export type StudioState = z.output<typeof studioStateSchema>;
