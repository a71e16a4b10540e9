/**
 * The one error of the application. `code` is stable and documented in docs/errors; `message` is a sentence for the user
 * that says what was expected and what was found; `details` are the numbers and names in it, as plain data.
 */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: string;
  readonly details: ErrorDetails;

  constructor(code: string, message: string, details: ErrorDetails = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }
}

export type ErrorDetails = Readonly<Record<string, string | number | boolean | null | readonly (string | number)[]>>;

/** An error as it travels between processes. */
export interface ErrorData {
  readonly code: string;
  readonly message: string;
  readonly details: ErrorDetails;
}

/** Any thrown thing as data; what is not an AppError becomes `internal` with its own message. */
export function errorData(error: unknown): ErrorData {
  if (error instanceof AppError) return { code: error.code, message: error.message, details: error.details };
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'internal', message, details: {} };
}

export function errorFromData(data: ErrorData): AppError {
  return new AppError(data.code, data.message, data.details);
}
