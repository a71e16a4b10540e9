import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { afterAll, describe, expect, test } from 'vitest';
import { attention } from '../../kernels/attention-op/op.ts';
import { add } from '../../kernels/binary/op.ts';
import { GraphBuilder, Scope } from '../../kernels/graph/builder.ts';
import { plain, tokens } from '../../kernels/graph/graph.ts';
import { interpret } from '../../kernels/graph/interpret.ts';
import { lowerToOnnx } from '../../kernels/onnx/lower.ts';
import { floatTensor, type FloatTensor } from '../../kernels/tensor.ts';
import { TorchGenerator } from '../../src-main/core/random/torch-generator.ts';

const folder = mkdtempSync(join(tmpdir(), 'strata-optional-'));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Attention to the text plus an optional one to a picture's four tokens, as an IP-Adapter adds it. */
function buildGraph() {
  const builder = new GraphBuilder();
  const scope = new Scope(builder, 'attn2');
  const [query, key, picture] = [builder.input('query', tokens(2, 64, 32)), builder.input('key', tokens(2, 77, 32)), builder.input('picture', tokens(2, 4, 32))] as const; // prettier-ignore
  const acts = builder.input('scale', plain(1, 1, 1));
  const text = attention(scope, query, key, key, { heads: 4, base: 'onnx-mha' }).out;
  const own = attention(scope.at('ip'), query, picture, picture, { heads: 4, base: 'onnx-mha', acts }).out;
  return builder.build({ out: add(scope, text, own), own });
}

const graph = buildGraph();
const random = new TorchGenerator(3);
const inputs = (scale: number, picture: FloatTensor) =>
  new Map([
    ['query', floatTensor([2, 64, 32], new TorchGenerator(1).randn([2, 64, 32]))],
    ['key', floatTensor([2, 77, 32], new TorchGenerator(2).randn([2, 77, 32]))],
    ['picture', picture],
    ['scale', floatTensor([1, 1, 1], Float32Array.of(scale))],
  ]);
const picture = floatTensor([2, 4, 32], random.randn([2, 4, 32]));
const broken = floatTensor([2, 4, 32], new Float32Array(256).fill(NaN));

/** Runs the graph on ONNX Runtime and counts the attention kernels that it ran. */
async function runCounting(feeds: ReadonlyMap<string, FloatTensor>) {
  const prefix = join(folder, `profile-${readdirSync(folder).length}`);
  const bytes = lowerToOnnx(graph, { weight: () => expect.fail('the graph has no weights') });
  const session = await InferenceSession.create(bytes, { enableProfiling: true, profileFilePrefix: prefix, logSeverityLevel: 3 });
  const results = await session.run(Object.fromEntries([...feeds].map(([name, { data, shape }]) => [name, new OrtTensor('float32', data, shape)]))); // prettier-ignore
  session.endProfiling();
  await session.release();
  const file = readdirSync(folder).find((name) => join(folder, name).startsWith(prefix))!;
  const events = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { name: string; args?: { op_name?: string } }[];
  const kernels = events.filter(({ name, args }) => args?.op_name === 'MultiHeadAttention' && name.endsWith('_kernel_time'));
  return { own: results['own']!.data as Float32Array, kernels: kernels.length };
}

describe('An optional attention', () => {
  test('runs one kernel less on ONNX Runtime where its switch is 0, and gives zeros', async () => {
    expect((await runCounting(inputs(0.7, picture))).kernels).toBe(2);
    const off = await runCounting(inputs(0, broken));
    expect(off.kernels).toBe(1);
    expect(off.own.every((value) => value === 0)).toBe(true);
  });

  test('is the reference where its switch is on, and zeros there too where it is off', async () => {
    const weight = () => expect.fail('the graph has no weights');
    const on = interpret(graph, { inputs: inputs(0.7, picture), weight }).get('own')!.data;
    const found = (await runCounting(inputs(0.7, picture))).own;
    expect(Math.max(...found.map((value, i) => Math.abs(value - on[i]!)))).toBeLessThan(1e-5);
    expect([...interpret(graph, { inputs: inputs(0, broken), weight }).get('own')!.data].every((value) => value === 0)).toBe(true);
  });
});
