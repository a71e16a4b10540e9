import { expect, test } from 'vitest';
import type { AttentionCase } from './attention-case.ts';
import { buildCase } from './attention-case.ts';
import { CaseProcess } from './case-process.ts';

const small: AttentionCase = {
  kind: 'attention',
  name: 'small',
  batch: 1,
  queries: 64,
  keys: 64,
  heads: 2,
  headSize: 8,
  base: 'blocked',
  chunk: 0,
};

test('a case runs in a process of its own and answers times', async () => {
  await using process = await CaseProcess.start(small, 1);
  for (let run = 0; run < 2; run++) {
    const { wallMs, cpuMs } = await process.run();
    expect(wallMs).toBeGreaterThan(0);
    expect(cpuMs).toBeGreaterThanOrEqual(0);
  }
  expect(process.peakBytes).toBeGreaterThanOrEqual(0);
});

test('a case that cannot be built ends with an error that names it', async () => {
  await expect(CaseProcess.start({ ...small, base: 'flash' }, 1)).rejects.toThrow(
    'The bench case "small" ended with code 1 and no result.',
  );
});

test('a transformer with adapters has an input for every layer', () => {
  const { graph, inputs } = buildCase({ kind: 'transformer', name: 'adapters', references: 2, regions: 4 });
  expect(graph.inputs.map(({ name }) => name).filter((name) => !inputs.has(name))).toEqual([]);
  expect(graph.inputs.map(({ name }) => name)).toContain('regions.query.64x64');
});
