import { z } from 'zod';
import { filterSourceSchema, filterValuesSchema } from './filters.ts';
import { assetIdSchema, jsonSchema } from './protocol.ts';
import {
  boardSchema,
  documentContentSchema,
  documentSummarySchema,
  engineStateSchema,
  gallerySearchSchema,
  jobSchema,
  journalEntrySchema,
  pictureSchema,
  rowId,
  settingsChangeSchema,
  settingsSchema,
  studioStateSchema,
} from './records.ts';
import { recipeSchema } from './recipe.ts';
import { doctorReportSchema, modelInfoSchema, planSchema, progressSchema, stackDescriptionSchema } from './reports.ts';

/** Everything a page may ask of the studio: what it sends and what it gets. Bytes travel in the buffers of the message. */
const method = <Params extends z.ZodType, Result extends z.ZodType>(params: Params, result: Result) => ({ params, result });
const nothing = z.object({});
const device = z.enum(['auto', 'cpu', 'gpu']);
const documentId = documentSummarySchema.shape.id;

export const studioMethods = {
  'studio.state': method(nothing, studioStateSchema),

  /** Mode, steps, predicted time and memory, token counts; a recipe that cannot run comes back with `refusal`, not as an error. */
  'recipe.plan': method(z.object({ recipe: recipeSchema }), planSchema),
  'recipe.describe': method(z.object({ recipe: recipeSchema }), stackDescriptionSchema),

  /** Queues `count` jobs with rising seeds. Interactive jobs go before bulk. */
  'queue.add': method(
    z.object({
      recipe: recipeSchema,
      count: z.number().int().min(1).max(1000).default(1),
      priority: z.enum(['interactive', 'bulk']).default('interactive'),
      document: documentId.nullable().default(null),
      /** Jobs that were added with the same key are answered again instead of added twice. */
      key: z.string().min(1).max(100).optional(),
    }),
    z.object({ jobs: z.array(jobSchema) }),
  ),
  /** Unfinished jobs in the order in which they will run, then the last finished ones, newest first. */
  'queue.list': method(z.object({ finished: z.number().int().min(0).max(1000).default(100) }), z.object({ jobs: z.array(jobSchema) })),
  'queue.cancel': method(z.object({ job: rowId }), nothing),
  'queue.cancelAll': method(nothing, nothing),
  'queue.retry': method(z.object({ job: rowId }), jobSchema),
  /** Puts a queued job before another one, or last for null. */
  'queue.move': method(z.object({ job: rowId, before: rowId.nullable() }), nothing),
  'queue.pause': method(z.object({ isPaused: z.boolean() }), nothing),
  'queue.clearFinished': method(nothing, nothing),

  'gallery.search': method(gallerySearchSchema, z.object({ total: z.number().int(), pictures: z.array(pictureSchema) })),
  'gallery.get': method(z.object({ picture: rowId }), pictureSchema),
  'gallery.star': method(z.object({ pictures: z.array(rowId), isStarred: z.boolean() }), nothing),
  'gallery.trash': method(z.object({ pictures: z.array(rowId) }), nothing),
  'gallery.restore': method(z.object({ pictures: z.array(rowId) }), nothing),
  'gallery.emptyTrash': method(nothing, z.object({ removed: z.number().int() })),
  'gallery.setBoard': method(z.object({ pictures: z.array(rowId), board: rowId.nullable() }), nothing),
  'boards.list': method(nothing, z.object({ boards: z.array(boardSchema) })),
  'boards.create': method(z.object({ name: boardSchema.shape.name }), boardSchema),
  'boards.rename': method(z.object({ board: rowId, name: boardSchema.shape.name }), nothing),
  'boards.remove': method(z.object({ board: rowId }), nothing),

  /** Buffers: the bytes of one file. Pictures of the known kinds, or any bytes with kind `data` (layer tiles). */
  'assets.put': method(z.object({ kind: z.enum(['picture', 'data']) }), z.object({ asset: assetIdSchema, bytes: z.number().int() })),
  /** Answer's buffers: the bytes. */
  'assets.get': method(z.object({ asset: assetIdSchema }), z.object({ bytes: z.number().int() })),
  /** Makes the small copy of a finished picture if need be; the host then serves it beside the picture. */
  'assets.thumbnail': method(z.object({ asset: assetIdSchema }), z.object({ isThere: z.boolean() })),
  /** Buffers: the bytes of a PNG. What other programs wrote is translated as far as possible; what was not is said in `problems`. */
  'picture.readRecipe': method(
    nothing,
    z.object({
      source: z.enum(['strata', 'a1111', 'comfyui', 'invokeai', 'none']),
      recipe: recipeSchema.nullable(),
      problems: z.array(z.string()),
    }),
  ),

  /** Makes a new picture of the same size; parameters that are left out are the defaults, and networks take none. */
  'filters.apply': method(
    z.object({ filter: filterSourceSchema, parameters: filterValuesSchema.default({}), asset: assetIdSchema }),
    z.object({ asset: assetIdSchema, width: z.number().int(), height: z.number().int() }),
  ),

  'models.list': method(nothing, z.object({ models: z.array(modelInfoSchema), isScanning: z.boolean() })),
  'models.addFolder': method(z.object({ path: z.string().min(1).max(4096) }), nothing),
  'models.removeFolder': method(z.object({ path: z.string().max(4096) }), nothing),
  'models.rescan': method(nothing, nothing),
  'models.inspect': method(z.object({ path: z.string().min(1).max(4096) }), modelInfoSchema),

  'settings.get': method(nothing, settingsSchema),
  /** Sets the given fields. */
  'settings.set': method(settingsChangeSchema, settingsSchema),

  'documents.list': method(nothing, z.object({ documents: z.array(documentSummarySchema) })),
  'documents.create': method(z.object({ name: z.string().max(200) }), documentSummarySchema),
  'documents.open': method(z.object({ document: documentId }), documentContentSchema),
  /**
   * Makes this page the one that writes the document, unless another one does. `isTakeover` asks that one to save and to let go, and
   * takes the document in any case after a few seconds. `page` is this page's own name in events.
   */
  'documents.claim': method(
    z.object({ document: documentId, isTakeover: z.boolean().default(false) }),
    z.object({ page: z.string(), isWriter: z.boolean() }),
  ),
  /** Lets go of the document, for another page to write. */
  'documents.release': method(z.object({ document: documentId }), nothing),
  /**
   * Appends after entry `after`; refused with `documentConflict` when another window has appended meanwhile and with
   * `documentTaken` while another page writes the document. Entries that are already there, at the same place, are not appended again. On
   * disk when it answers.
   */
  'documents.append': method(
    z.object({ document: documentId, after: z.number().int().nonnegative(), entries: z.array(journalEntrySchema).min(1).max(1000) }),
    z.object({ sequence: z.number().int() }),
  ),
  /** State after entry `sequence`; `documents.open` then replays only what follows. Send one every hundred entries or so. */
  'documents.snapshot': method(
    z.object({
      document: documentId,
      sequence: z.number().int(),
      state: jsonSchema,
      assets: z.array(assetIdSchema).max(65_536).default([]),
    }),
    nothing,
  ),
  /** All entries from the first, for undo past the snapshot. */
  'documents.history': method(
    z.object({ document: documentId, from: z.number().int().min(1), limit: z.number().int().min(1).max(1000) }),
    z.object({ entries: z.array(journalEntrySchema) }),
  ),
  'documents.rename': method(z.object({ document: documentId, name: z.string().max(200) }), nothing),
  'documents.remove': method(z.object({ document: documentId }), nothing),
  /** Answer's buffers: one `.strata` file. */
  'documents.export': method(z.object({ document: documentId }), z.object({ bytes: z.number().int() })),
  /** Buffers: one `.strata` file. */
  'documents.import': method(z.object({ name: z.string().max(200) }), documentSummarySchema),

  'engine.restart': method(nothing, engineStateSchema),
  'engine.doctor': method(z.object({ device }), doctorReportSchema),
} as const;

export type StudioMethod = keyof typeof studioMethods;
/** What the caller writes (defaults may be left out). */
export type StudioParams<Method extends StudioMethod> = z.input<(typeof studioMethods)[Method]['params']>;
/** What the studio reads. */
export type ParsedStudioParams<Method extends StudioMethod> = z.output<(typeof studioMethods)[Method]['params']>;
export type StudioResult<Method extends StudioMethod> = z.output<(typeof studioMethods)[Method]['result']>;

/** What the studio says by itself. */
export const studioEventSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('state'), state: studioStateSchema }),
  /** A job was added or changed. */
  z.object({ kind: z.literal('job'), job: jobSchema }),
  /** The order or the number of jobs changed: list again. */
  z.object({ kind: z.literal('queue') }),
  /** Buffers as `progress` says: preview, then capture. */
  z.object({ kind: z.literal('progress'), job: rowId, progress: progressSchema }),
  /** A finished picture is on disk and in the gallery. */
  z.object({ kind: z.literal('picture'), picture: pictureSchema }),
  /** Stars, boards or trash changed: search again. */
  z.object({ kind: z.literal('gallery') }),
  /** The page that writes the document has changed; null when nobody does. */
  z.object({ kind: z.literal('writer'), document: documentId, page: z.string().nullable() }),
  /** Another page wants the document: `page`, which writes it, must save and release it. */
  z.object({ kind: z.literal('handover'), document: documentId, page: z.string() }),
  /** A document was saved up to entry `sequence`: windows that only show it fetch what they lack. */
  z.object({ kind: z.literal('document'), document: documentId, sequence: z.number().int() }),
  z.object({ kind: z.literal('models') }),
  z.object({ kind: z.literal('settings'), settings: settingsSchema }),
  /** A sentence for a toast. */
  z.object({ kind: z.literal('notice'), level: z.enum(['info', 'warning', 'error']), text: z.string() }),
]);
export type StudioEvent = z.output<typeof studioEventSchema>;
