import { expect, it } from 'vitest';
import { commandOf, root, run } from '../tool.ts';

const fixtures = `${root}/test/layers/fixtures/globals`;

/** `file: name` of each name that the compiler does not know. */
async function unknownNames(folder: string): Promise<readonly string[]> {
  const { stdout } = await run([...commandOf('tsc'), '--pretty', 'false', '-p', '.'], { cwd: `${fixtures}/${folder}` });
  return [...stdout.matchAll(/^(\S+)\(.*Cannot find name '([^']+)'/gm)].map(([, file, name]) => `${file ?? ''}: ${name ?? ''}`);
}

it('does not compile Node and page globals in folders that run anywhere', async () => {
  const names = ['process', 'Buffer', 'document', 'window', 'fetch', 'setTimeout', 'node:fs', '__dirname'];
  expect(await unknownNames('std')).toEqual(names.map((name) => `globals.ts: ${name}`));
});

it('does not compile Node globals in the page', async () => {
  const names = ['process', 'Buffer', 'node:fs', '__dirname'];
  expect(await unknownNames('dom')).toEqual(names.map((name) => `globals.ts: ${name}`));
});

it('does not accept Node globals in a Svelte component', async () => {
  const command = [...commandOf('svelte-check'), '--workspace', '.', '--tsconfig', './tsconfig.json', '--output', 'machine'];
  const { code, stdout } = await run(command, { cwd: `${fixtures}/dom` });
  expect(code).toBe(1);
  expect(stdout).toMatch(/ERROR "UsesNode.svelte" .*Cannot find name 'process'/);
});
