import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** For tests on the software adapter, which shares the machine with everything else; no result depends on its speed. */
export const patienceMs = 900_000;

/**
 * Runs a script of this folder in a process of its own and gives the JSON lines it prints. Dawn's own words on stdout are left out.
 * @throws Error with what the script wrote on stderr when it fails
 */
export function runScript<T>(
  script: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  node = process.execPath,
): T[] {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const { status, signal, stdout, stderr, error } = spawnSync(node, [path, ...args], {
    env: { ...process.env, ...environment },
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`${script} ended with ${error?.message ?? signal ?? status}:\n${stderr.slice(-4000)}`);
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{"'))
    .map((line) => JSON.parse(line) as T);
}
