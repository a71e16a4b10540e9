import { ESLint } from 'eslint';
import { expect, it } from 'vitest';
import { root } from '../tool.ts';

const fixtures = 'test/layers/fixtures/lint';

/** What eslint must say about fixtures/lint: one fault a file. */
const expected = [
  'RawHtml.svelte: svelte/no-at-html-tags',
  'any.ts: @typescript-eslint/no-explicit-any',
  'default-export.ts: no-restricted-syntax',
  'forgotten-promise.ts: @typescript-eslint/no-floating-promises',
  'lenient-picture.ts: no-restricted-syntax',
  'long-file.ts: max-lines',
  'long-function.ts: max-lines-per-function',
  'missing-case.ts: @typescript-eslint/switch-exhaustiveness-check',
  'open-ipc.ts: no-restricted-imports',
  'skipped.test.ts: no-restricted-syntax',
  'src-renderer/ui/UsesTypeOfContract.svelte: no-restricted-imports',
];

it('reports every planted fault and no other', async () => {
  const eslint = new ESLint({
    cwd: root,
    ignore: false,
    overrideConfig: { files: ['**/*'], languageOptions: { parserOptions: { project: [`${fixtures}/tsconfig.json`] } } },
  });
  const results = await eslint.lintFiles([`${fixtures}/**/*.{ts,svelte}`]);
  const place = (path: string): string => path.replaceAll('\\', '/').slice(`${root}/${fixtures}/`.length);
  const reported = results.flatMap(({ filePath, messages }) =>
    messages.map(({ ruleId, message }) => `${place(filePath)}: ${ruleId ?? message}`),
  );
  expect(reported.sort()).toEqual(expected);
});
