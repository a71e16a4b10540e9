import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The repository's top folder. */
export const root = fileURLToPath(new URL('..', import.meta.url))
  .replaceAll('\\', '/')
  .replace(/\/$/, '');

/** Programs of installed packages, started with this Node so that no shell or `.cmd` shim is between. */
const programs = {
  prettier: 'prettier/bin/prettier.cjs',
  eslint: 'eslint/bin/eslint.js',
  depcruise: 'dependency-cruiser/bin/dependency-cruiser.mjs',
  knip: 'knip/bin/knip.js',
  tsc: 'typescript/bin/tsc',
  'svelte-check': 'svelte-check/bin/svelte-check',
  vitest: 'vitest/vitest.mjs',
} as const;

export type Program = keyof typeof programs;

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Show the output as it comes, besides returning it. */
  readonly live?: boolean;
}

/** Command line that starts a program of an installed package, or a TypeScript file of ours, with this Node. */
export function commandOf(program: Program | `${string}.ts`): readonly string[] {
  if (!(program in programs)) return [process.execPath, `${root}/${program}`];
  return [process.execPath, `${root}/node_modules/${programs[program as Program]}`];
}

/** Runs a command to its end; a signal counts as code 1. */
export async function run(command: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const started = performance.now();
  const [file = process.execPath, ...args] = command;
  const child = spawn(file, args, {
    cwd: options.cwd ?? root,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
      if (options.live) process[name].write(text);
    });
  }
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => {
      resolve(exitCode ?? 1);
    });
  });
  return { code, ...output, seconds: (performance.now() - started) / 1000 };
}

/** Whether a path below the repository's top folder is there. */
export function has(path: string): boolean {
  return existsSync(`${root}/${path}`);
}
