import { z } from 'zod';
import { errorDataSchema, helloSchema } from './protocol.ts';
import { studioEventSchema, studioMethods, type StudioMethod } from './studio-methods.ts';

const requestId = z.number().int().nonnegative();
const methodName = z.enum(Object.keys(studioMethods) as [StudioMethod, ...StudioMethod[]]);

/** From a page to the studio. The parameters are checked with the schema of the method. */
export const toStudioSchema = z.discriminatedUnion('type', [
  helloSchema,
  z.object({ type: z.literal('request'), id: requestId, method: methodName, params: z.unknown() }),
]);

export const fromStudioSchema = z.discriminatedUnion('type', [
  helloSchema,
  z.object({ type: z.literal('result'), id: requestId, value: z.unknown() }),
  z.object({ type: z.literal('error'), id: requestId, error: errorDataSchema }),
  z.object({ type: z.literal('event'), event: studioEventSchema }),
]);
export type FromStudio = z.output<typeof fromStudioSchema>;
