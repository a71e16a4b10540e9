import { z } from 'zod';
import { filterSourceSchema, filterValuesSchema } from './filters.ts';
import { errorDataSchema, helloSchema, logLevels } from './protocol.ts';
import { recipeSchema } from './recipe.ts';
import {
  benchLineSchema,
  captureInfoSchema,
  doctorReportSchema,
  modelInfoSchema,
  modelKinds,
  planSchema,
  progressSchema,
  stackDescriptionSchema,
  verifyLineSchema,
} from './reports.ts';

/** What studio and engine say to each other. One request runs at a time; the engine answers each with `result` or `error`. */

const device = z.enum(['auto', 'cpu', 'gpu']);
/** Where the bytes of the recipe's asset ids are: id to absolute path. The engine only reads them. */
const assetPaths = z.record(z.string(), z.string());

/** A model file of this computer, told apart before. */
const knownFile = z.object({ path: z.string(), kind: z.enum(modelKinds) });
export type KnownFile = z.output<typeof knownFile>;

export const engineRequestSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('load'), model: z.string(), device }),
  z.object({ kind: z.literal('generate'), recipe: recipeSchema, assets: assetPaths }),
  z.object({ kind: z.literal('plan'), recipe: recipeSchema, assets: assetPaths }),
  z.object({ kind: z.literal('describe'), recipe: recipeSchema, assets: assetPaths }),
  z.object({ kind: z.literal('inspect'), path: z.string() }),
  /** The add-ons that came with a model. */
  z.object({ kind: z.literal('companions'), model: z.string() }),
  /** Finds the model and the add-ons of another computer's recipe among files of this one. */
  z.object({
    kind: z.literal('locate'),
    recipe: recipeSchema,
    files: z.array(knownFile),
  }),
  z.object({ kind: z.literal('filter'), filter: filterSourceSchema, values: filterValuesSchema, picture: z.string(), assets: assetPaths }),
  z.object({ kind: z.literal('doctor'), device }),
  z.object({ kind: z.literal('verify'), folder: z.string(), groups: z.array(z.string()).nullable(), match: z.string(), device }),
  z.object({ kind: z.literal('bench'), what: z.enum(['attention', 'unet', 'sd15', 'end-to-end']), device }),
]);
export type EngineRequest = z.output<typeof engineRequestSchema>;
export type EngineRequestKind = EngineRequest['kind'];

const generatedPicture = z.object({
  width: z.number().int(),
  height: z.number().int(),
  /** The recipe with everything that was left open filled in (size, steps, sampler, guidance). */
  recipe: recipeSchema,
  seconds: z.number(),
  /** Predicted and measured peak; null where it was not measured. */
  peakBytes: z.object({ predicted: z.number().nullable(), measured: z.number().nullable() }),
  device: z.string(),
  warnings: z.array(z.string()).default([]),
  capture: captureInfoSchema.nullable().default(null),
});

/**
 * Results by kind of request. Of a picture the buffers are: RGB bytes of each picture, each followed by its capture where it has one.
 * Of a filter: the RGB bytes.
 */
export const engineResultSchemas = {
  load: z.object({ model: modelInfoSchema }),
  generate: z.object({ pictures: z.array(generatedPicture) }),
  plan: planSchema,
  describe: stackDescriptionSchema,
  inspect: modelInfoSchema,
  companions: z.array(modelInfoSchema),
  /** The recipe with the paths of this computer, and a sentence for each file that is missing. */
  locate: z.object({ recipe: recipeSchema, missing: z.array(z.string()) }),
  filter: z.object({ width: z.number().int(), height: z.number().int() }),
  doctor: doctorReportSchema,
  verify: z.object({ passed: z.number().int(), failed: z.number().int() }),
  bench: z.object({ lines: z.array(benchLineSchema) }),
} as const satisfies Record<EngineRequestKind, z.ZodType>;
export type EngineResult<Kind extends EngineRequestKind> = z.output<(typeof engineResultSchemas)[Kind]>;

const requestId = z.number().int().nonnegative();

export const toEngineSchema = z.discriminatedUnion('type', [
  helloSchema,
  z.object({ type: z.literal('request'), id: requestId, request: engineRequestSchema }),
  z.object({ type: z.literal('cancel'), id: requestId }),
  z.object({ type: z.literal('shutdown') }),
]);

export const fromEngineSchema = z.discriminatedUnion('type', [
  helloSchema,
  z.object({ type: z.literal('progress'), id: requestId, progress: progressSchema }),
  z.object({ type: z.literal('verifyLine'), id: requestId, line: verifyLineSchema }),
  z.object({ type: z.literal('benchLine'), id: requestId, line: benchLineSchema }),
  z.object({ type: z.literal('log'), level: z.enum(logLevels), text: z.string().max(20_000) }),
  z.object({ type: z.literal('result'), id: requestId, value: z.unknown() }),
  z.object({ type: z.literal('error'), id: requestId, error: errorDataSchema }),
]);
export type FromEngine = z.output<typeof fromEngineSchema>;
