import { readFileSync } from 'node:fs';
import { sourceFiles } from './source-files.ts';
import { root } from './tool.ts';

/** Lines a file may have. Smaller is easier to hold in the head; the aim is 200. */
export const limits = { warn: 300, fail: 450 };

export interface Exception {
  readonly path: string;
  readonly lines: number;
  readonly reason: string;
  /** Day it was allowed, YYYY-MM-DD. */
  readonly since: string;
}

export interface FileSize {
  readonly path: string;
  readonly lines: number;
}

export interface SizeVerdict {
  readonly failures: readonly string[];
  readonly warnings: readonly string[];
}

const anonymous = /(^|\/)(utils|helpers|index)\.ts$/;

/** Which files are too long or named after nothing, and which exceptions are no longer needed. */
export function judgeSizes(files: readonly FileSize[], exceptions: readonly Exception[]): SizeVerdict {
  const failures: string[] = [];
  const warnings: string[] = [];
  const allowed = new Map(exceptions.map((each) => [each.path, each]));
  for (const { path, lines } of files) {
    const limit = allowed.get(path)?.lines ?? limits.fail;
    if (lines > limit) failures.push(`${path}: ${lines} lines, at most ${limit}`);
    else if (lines > limits.warn && !allowed.has(path)) warnings.push(`${path}: ${lines} lines, better under ${limits.warn}`);
    if (anonymous.test(path)) failures.push(`${path}: name the file after what it holds`);
  }
  const lengths = new Map(files.map((each) => [each.path, each.lines]));
  for (const { path, reason, since } of exceptions) {
    if ((lengths.get(path) ?? 0) <= limits.fail) failures.push(`test/size-exceptions.json: ${path} needs no exception any more`);
    if (!reason || !/^\d{4}-\d\d-\d\d$/.test(since)) failures.push(`test/size-exceptions.json: ${path} has no reason or no day`);
  }
  return { failures, warnings };
}

function main(): void {
  const files = sourceFiles(['.ts', '.svelte', '.wgsl', '.css']).map((path) => ({
    path,
    lines: readFileSync(`${root}/${path}`, 'utf8').split('\n').length - 1,
  }));
  const exceptions = JSON.parse(readFileSync(`${root}/test/size-exceptions.json`, 'utf8')) as Exception[];
  const { failures, warnings } = judgeSizes(files, exceptions);
  for (const line of warnings) console.log(`warning: ${line}`);
  for (const line of failures) console.log(`error: ${line}`);
  const total = files.reduce((sum, file) => sum + file.lines, 0);
  console.log(`${files.length} files, ${total} lines, ${warnings.length} over ${limits.warn}, ${failures.length} failures`);
  if (failures.length > 0) process.exitCode = 1;
}

if (import.meta.main) main();
