import type { NodeOf, Value } from '../graph/graph.ts';
import { elementCount } from '../tensor.ts';
import { coordinates, finishElementwise } from '../wgsl/elementwise.ts';
import { memoryAxis, memoryShape, operandOf, type WgslEmitter } from '../wgsl/emitter.ts';
import { Shader } from '../wgsl/shader.ts';
import type { BinaryAttributes } from './attributes.ts';

export function binaryWgsl(node: NodeOf<BinaryAttributes>, emit: WgslEmitter): void {
  const [a, b] = node.inputs as [Value, Value];
  const out = node.outputs[0]!;
  const sizes = memoryShape(out);
  const strides = { a: broadcastStrides(a, out), b: broadcastStrides(b, out) };
  const last = sizes.length - 1;
  const isVector = sizes[last]! % 4 === 0 && strides.a[last] === 1 && strides.b[last] === 1;
  const width = isVector ? 4 : 1;
  const shader = new Shader(emit, node.attributes.kind);
  const x = shader.read('x', operandOf(a), width);
  const y = shader.read('y', operandOf(b), width);
  const result = shader.write('result', operandOf(out), width);
  const operator = node.attributes.kind === 'add' ? '+' : '*';
  const count = elementCount(sizes) / width;
  if (sameMemory(a, out) && sameMemory(b, out)) {
    finishElementwise(shader, count, `  ${result.write('i', `${x.read('i')} ${operator} ${y.read('i')}`)}`);
    return;
  }
  const expressions = sizes.map((size, axis) => shader.param(`size${axis}`, axis === last ? size / width : size));
  const index = (name: 'a' | 'b') =>
    strides[name]
      .map((stride, axis) => `c${axis} * ${shader.param(`${name}${axis}`, axis === last ? Math.min(stride, 1) : stride / width)}`)
      .join(' + ');
  const value = `${x.read(index('a'))} ${operator} ${y.read(index('b'))}`;
  finishElementwise(shader, count, `${coordinates(expressions)}\n  ${result.write('i', value)}`);
}

function sameMemory(value: Value, out: Value): boolean {
  return memoryShape(value).join() === memoryShape(out).join() && value.layout === out.layout;
}

/** Strides of `value` along the memory axes of `out`, 0 where it broadcasts. */
function broadcastStrides(value: Value, out: Value): number[] {
  const sizes = memoryShape(value);
  const strides = new Array<number>(sizes.length).fill(0);
  value.shape.forEach((size, axis) => {
    const own = memoryAxis(value, axis);
    if (size !== 1) strides[memoryAxis(out, axis)] = elementCount(sizes.slice(own + 1));
  });
  return strides;
}
