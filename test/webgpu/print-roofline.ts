import { hoistInvariant } from '../../kernels/graph/passes.ts';
import { isStepInvariantInput } from '../../models/unet/unet.ts';
import type { WgslTarget } from '../../kernels/wgsl/emitter.ts';
import { buildProgram } from '../../src-main/engine/backends/webgpu/program/build.ts';
import { deviceModels, layerCosts, predictedMs } from '../../src-main/engine/backends/webgpu/roofline.ts';
import { sd15, sdxl, stepGraph } from './known-models.ts';

/** Prints the tables of docs/benchmarks-webgpu.md. */
const target: WgslTarget = {
  storage: 'f16',
  workgroupBytes: 32_768,
  maxInvocations: 1024,
  scoreBytes: 2 ** 28,
  matrix: { component: 'f32', m: 8, n: 8, k: 8, subgroupSize: 32 },
};
for (const [name, config, size] of [
  ['SD 1.5 at 512', sd15, 512],
  ['SDXL at 1024', sdxl, 1024],
] as const) {
  // What the text alone decides is computed once a picture, and is no part of a step.
  const { step: graph } = hoistInvariant(stepGraph(config, size), isStepInvariantInput);
  const program = buildProgram(graph, target);
  const costs = layerCosts(graph, program);
  const rows = costs.map((cost) => [
    cost.layer,
    cost.gigaflops.toFixed(1),
    cost.gigabytes.toFixed(2),
    String(cost.launches),
    ...deviceModels.map((device) => predictedMs(cost, device).toFixed(1)),
  ]);
  const total = (column: (cost: (typeof costs)[number]) => number) => costs.reduce((sum, cost) => sum + column(cost), 0);
  const times = deviceModels.map((device) => total((cost) => predictedMs(cost, device)));
  rows.push([
    '**all**',
    total((cost) => cost.gigaflops).toFixed(1),
    total((cost) => cost.gigabytes).toFixed(2),
    String(program.launches.length),
    ...times.map((ms) => `**${ms.toFixed(0)}**`),
  ]);
  const reached = deviceModels.map(({ peakTeraflops }, i) => total((cost) => cost.gigaflops) / (peakTeraflops * times[i]!));
  rows.push(['of the peak', '', '', '', ...reached.map((share) => `${(share * 100).toFixed(0)} %`)]);
  rows.push(['steps a second', '', '', '', ...times.map((ms) => (1000 / ms).toFixed(2))]);
  const head = ['layers', 'GFLOP', 'GB moved', 'launches', ...deviceModels.map((device) => `${device.name}, ms`)];
  const lines = [head, head.map((_, i) => (i === 0 ? '---' : '---:')), ...rows].map((row) => `| ${row.join(' | ')} |`);
  process.stdout.write(
    `### ${name}, one step with guidance\n\n${lines.join('\n')}\n\nArena ${(program.arena.bytes / 1e6).toFixed(0)} MB.\n\n`,
  );
}
