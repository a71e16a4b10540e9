import { sourceFiles } from './source-files.ts';
import { commandOf, run, type Finished, type Program } from './tool.ts';

interface Stage {
  readonly name: string;
  readonly command: readonly string[];
  /** Only where a file with one of these beginnings is there. */
  readonly needs?: readonly string[];
}

const stage = (name: string, program: Program | `${string}.ts`, args: readonly string[], needs?: readonly string[]): Stage => ({
  name,
  command: [...commandOf(program), ...args],
  ...(needs ? { needs } : {}),
});

const types = (environment: string, needs?: readonly string[]): Stage =>
  stage(`types ${environment}`, 'tsc', ['-p', `tsconfig.${environment}.json`], needs);

/** Longest first, so that two at a time end together. */
const stages: readonly Stage[] = [
  stage('lint', 'eslint', ['--max-warnings', '0', '.']),
  types('node'),
  types('std'),
  stage('format', 'prettier', ['--check', '--log-level', 'warn', '--cache', '.']),
  stage('svelte', 'svelte-check', ['--tsconfig', './tsconfig.dom.json', '--fail-on-warnings', '--output', 'human'], ['src-renderer/']),
  stage('dead code', 'knip', ['--no-progress']),
  types('main', ['src-main/app/', 'src-main/preload/']),
  types('dom-test', ['test/e2e/', 'test/electron/', 'src-renderer/state/', 'src-renderer/canvas/']),
  stage('layers', 'depcruise', ['kernels', 'models', 'src-main', 'src-renderer', 'test']),
  stage('error pages', 'test/error-docs.ts', []),
  stage('size', 'test/size.ts', []),
];

const atOnce = 2;

function report({ name }: Stage, { code, stdout, stderr, seconds }: Finished): void {
  const output = `${stdout}${stderr}`.trim();
  const indented = output === '' ? '' : `\n${output.replace(/^/gm, '    ')}`;
  console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${name.padEnd(14)} ${seconds.toFixed(1).padStart(6)} s${code === 0 ? '' : indented}`);
}

/** Runs every check of the project, two at a time, and answers the names of those that failed. */
async function check(chosen: readonly string[]): Promise<readonly string[]> {
  const files = sourceFiles(['.ts', '.svelte']);
  const isThere = ({ needs }: Stage): boolean => !needs || files.some((file) => needs.some((start) => file.startsWith(start)));
  const wanted = stages.filter(({ name }) => chosen.length === 0 || chosen.includes(name));
  for (const { name } of wanted.filter((each) => !isThere(each))) console.log(`--   ${name.padEnd(14)} nothing to check yet`);

  const queue = wanted.filter(isThere);
  const failed: string[] = [];
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const finished = await run(next.command);
      report(next, finished);
      if (finished.code !== 0) failed.push(next.name);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return failed;
}

const failed = await check(process.argv.slice(2));
if (failed.length > 0) {
  console.log(`failed: ${failed.join(', ')}`);
  process.exitCode = 1;
}
