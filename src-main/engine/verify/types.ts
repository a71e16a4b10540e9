import type { DeviceChoice } from '../engine-service.ts';

/** A case of a golden folder's cases.json, as stored: what to run, on which tensors, and how near the result must be. */
export interface GoldenCase {
  readonly id: string;
  readonly kind: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** Role to tensor name. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly expected: Readonly<Record<string, string>>;
  readonly tolerance: GoldenTolerance;
  /** Of the little-endian bytes of everything drawn; only in `randn`. */
  readonly sha256?: string;
  readonly note?: string;
}

export interface GoldenTolerance {
  readonly measure: string;
  readonly limit?: number;
  readonly f32_against_f64?: number;
}

/** One group: a folder with cases.json and tensors.safetensors. `about` is the whole JSON (bases, formulas …) without the cases. */
export interface GoldenGroup {
  readonly name: string;
  readonly root: string;
  readonly about: Readonly<Record<string, unknown>>;
  readonly cases: readonly GoldenCase[];
}

export type GoldenData = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array;

/** A stored tensor. F16 and BF16 are widened to f32; F32, F64, I32, I64 and U8 are kept. */
export interface GoldenTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: GoldenData;
}

export interface GoldenContext {
  /** Folder of the group; file names in `params` are relative to it. */
  readonly root: string;
  readonly about: Readonly<Record<string, unknown>>;
  /** The stored tensor of an input role. Throws RangeError for a role that the case lacks. */
  input(role: string): GoldenTensor;
  hasInput(role: string): boolean;
  expects(role: string): boolean;
  /** The stored tensor of an expected role, for checks that feed it back (stored noise) or need its shape. */
  expected(role: string): GoldenTensor;
  /** Compares with the expected tensor of `role` by the case's tolerance and records the result. */
  expect(role: string, data: GoldenData): void;
  /** Records that two strings must be equal (digests, names). */
  expectText(what: string, expected: string, got: string): void;
  /** Adds a remark to the case's line; it does not change the verdict. */
  remark(text: string): void;
  /** The device that the run was asked for. */
  readonly device: DeviceChoice;
  /** Stops the run; checks that take long look at it. */
  readonly signal: AbortSignal | undefined;
  /** One value per key and run, made on first use: loaded models, sessions, tokenizers. */
  shared<T>(key: string, make: () => T): T;
}

/** Runs one case and records every expected role in the context. A role that was not recorded fails the case. */
export type GoldenCheck = (goldenCase: GoldenCase, context: GoldenContext) => Promise<void> | void;

/** One compared role: the largest normalised error and its limit, both null where values must be equal. */
export interface Comparison {
  readonly role: string;
  readonly passed: boolean;
  readonly error: number | null;
  readonly limit: number | null;
  /** What differs; empty when it passed. */
  readonly text: string;
}
