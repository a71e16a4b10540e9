import { expect, test } from 'vitest';
import { attention } from '../../../kernels/attention-op/op.ts';
import { onnxCpuDevice, webgpuDevice } from '../../../kernels/attention/device/device.ts';
import { GraphBuilder, Scope } from '../../../kernels/graph/builder.ts';
import { tokens, type Graph } from '../../../kernels/graph/graph.ts';
import { AppError } from '../../contract/errors.ts';
import { checkForcedOps, resolveAttention } from './resolve.ts';

function graphOf(base: string, keys = 8): Graph {
  const builder = new GraphBuilder();
  const query = builder.input('query', tokens(1, 8, 16));
  const key = builder.input('key', tokens(1, keys, 16));
  const { out } = attention(new Scope(builder, 'mid_block.attn1'), query, key, key, { heads: 2, base });
  return builder.build({ out });
}

const baseOf = (graph: Graph) => graph.nodes[0]!.attributes['base'];

test('auto becomes the best op of the device, and a forced one that can serve stays', () => {
  expect(baseOf(resolveAttention(graphOf('auto'), onnxCpuDevice))).toBe('onnx-mha');
  expect(baseOf(resolveAttention(graphOf('auto'), webgpuDevice({ vendor: 'apple' })))).toBe('flash');
  expect(baseOf(resolveAttention(graphOf('chunked'), onnxCpuDevice))).toBe('chunked');
});

test('a forced op that cannot serve is an error with its reasons', () => {
  const run = () => resolveAttention(graphOf('flash'), onnxCpuDevice);
  expect(run).toThrow(AppError);
  expect(run).toThrow(
    /^The attention mid_block\.attn1 cannot run as "flash" on this device: .*\n[^]*`flash` is not supported because:\n {4}back end=onnx/,
  );
});

test('a back end that chooses by itself still refuses a forced op that cannot serve', () => {
  const card = webgpuDevice({ vendor: 'nvidia' });
  expect(() => checkForcedOps(graphOf('auto'), card)).not.toThrow();
  expect(() => checkForcedOps(graphOf('chunked'), card)).not.toThrow();
  expect(() => checkForcedOps(graphOf('onnx-mha'), card)).toThrow(/`onnx-mha` is not supported because:/);
});
