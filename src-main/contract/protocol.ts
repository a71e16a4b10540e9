import { z } from 'zod';
import { AppError } from './errors.ts';

/** Raised with every change that an older side would misunderstand; both sides refuse another number than their own. */
export const protocolVersion = 1;

/** The first message of each side. */
export const helloSchema = z.object({
  type: z.literal('hello'),
  protocol: z.number().int(),
  /** What is speaking, for the log: 'renderer', 'studio', 'engine', 'cli'. */
  role: z.string().max(40),
  /** Version of the application. */
  version: z.string().max(40),
});

export const errorDataSchema = z.object({
  code: z.string().max(100),
  message: z.string().max(10_000),
  details: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.union([z.string(), z.number()])).readonly()]))
    .default({}),
});

/** Plain JSON data whose shape belongs to somebody else (document commands are the renderer's). */
export const jsonSchema = z.json();
export type Json = z.output<typeof jsonSchema>;

/** Id of an asset: SHA-256 of its bytes in lower-case hex. */
export const assetIdSchema = z.string().regex(/^[0-9a-f]{64}$/, 'An asset id must be 64 hex digits.');
export type AssetId = z.output<typeof assetIdSchema>;

export const logLevels = ['debug', 'info', 'warning', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Both sides must speak the same version of the protocol. */
export function protocolMismatch(found: number): AppError {
  return new AppError(
    'protocolMismatch',
    `The two sides must speak protocol ${protocolVersion}; the other one speaks ${found}. Restart the application.`,
    {
      expected: protocolVersion,
      found,
    },
  );
}
