import { writeFileSync } from 'node:fs';
import { conv2d } from '../../../../kernels/conv2d/op.ts';
import { GraphBuilder, Scope } from '../../../../kernels/graph/builder.ts';
import { image, type Value } from '../../../../kernels/graph/graph.ts';
import { lowerToOnnx } from '../../../../kernels/onnx/lower.ts';
import { elementCount } from '../../../../kernels/tensor.ts';
import type { NetworkPath } from '../../../contract/filters.ts';

type Build = (scope: Scope, x: Value) => Readonly<Record<string, Value>>;

/** Writes a network with an input [1, 3, h, w]; weights are 1 for the mean of the channels, biases 0. */
export function writeNetwork(path: NetworkPath, [h, w]: readonly [number, number], build: Build): NetworkPath {
  const builder = new GraphBuilder();
  const outputs = build(new Scope(builder, 'net'), builder.input('pixels', image(1, 3, h, w)));
  const weight = ({ shape }: Value) => {
    return { kind: 'inline' as const, data: new Float32Array(elementCount(shape)).fill(shape.length > 1 ? 1 / 3 : 0) };
  };
  writeFileSync(path, lowerToOnnx(builder.build(outputs), { weight }));
  return path;
}

/** The mean of the channels, [1, 1, h, w]. */
export const grey = (scope: Scope, x: Value) => conv2d(scope.at('grey'), x, { outChannels: 1, kernel: 1 });
