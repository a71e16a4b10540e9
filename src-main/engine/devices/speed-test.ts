import { performance } from 'node:perf_hooks';
import { conv2d } from '../../../kernels/conv2d/op.ts';
import { GraphBuilder, Scope } from '../../../kernels/graph/builder.ts';
import { image, tokens, type Graph, type Value } from '../../../kernels/graph/graph.ts';
import { StackSession } from '../../../kernels/attention/stack/session.ts';
import { createStack } from '../../../kernels/attention/stack/stack.ts';
import { elementCount, floatTensor } from '../../../kernels/tensor.ts';
import { resnetBlock } from '../../../models/layers/resnet.ts';
import { spatialTransformer } from '../../../models/layers/transformer.ts';
import type { Backend } from '../backends/backend.ts';
import type { WeightStore } from '../weights.ts';

/** How much work a pass of the speed test is. */
export interface SpeedSize {
  /** Of the residual block. */
  readonly channels: number;
  readonly side: number;
  /** Of the transformer block. */
  readonly features: number;
  readonly rows: number;
  readonly heads: number;
}

/** Two layers of SD 1.5 at 512 pixels, one sample: 31 GFLOP, a third of a second on a good processor. */
export const usualSize: SpeedSize = { channels: 320, side: 64, features: 640, rows: 32, heads: 8 };

/** A residual block and a transformer block, each between convolutions from and to a few channels, so that what is copied is small. */
export function speedGraph({ channels, side, features, rows, heads }: SpeedSize): Graph {
  const graph = new GraphBuilder();
  const scope = new Scope(graph);
  const ends = (name: string, size: number, width: number, body: (own: Scope, x: Value) => Value) => {
    const own = scope.at(name);
    const x = conv2d(own.at('in'), graph.input(`${name}.input`, image(1, 4, size, size)), { outChannels: width });
    return conv2d(own.at('out'), body(own, x), { outChannels: 4 });
  };
  const groups = 8;
  return graph.build({
    residual: ends('residual', side, channels, (own, x) => resnetBlock(own.at('block'), x, channels, { groups, epsilon: 1e-5 })),
    transformer: ends('transformer', rows, features, (own, x) =>
      spatialTransformer(own.at('block'), x, graph.input('text', tokens(1, 77, 64)), {
        heads,
        depth: 1,
        normGroups: groups,
        linearProjection: false,
        attention: new StackSession(createStack()),
      }),
    ),
  });
}

export interface SpeedTestOptions {
  readonly size?: SpeedSize;
  /** Passes are begun for so long; two are made in any case. */
  readonly limitMs?: number;
  readonly now?: () => number;
}

/** Milliseconds of the fastest pass of the speed test on a back end, after one that is not counted. */
export async function timeBackend(
  backend: Backend,
  { size = usualSize, limitMs = 1000, now = () => performance.now() }: SpeedTestOptions = {},
): Promise<number> {
  const graph = speedGraph(size);
  const inputs = new Map(graph.inputs.map(({ name, shape }) => [name, floatTensor(shape, smallNumbers(elementCount(shape)))]));
  const executable = await backend.compile(graph, madeUpWeights);
  try {
    await executable.run(inputs);
    let fastest = Infinity;
    const begin = now();
    for (let pass = 0; pass < 2 || now() - begin < limitMs; pass++) {
      const start = now();
      await executable.run(inputs);
      fastest = Math.min(fastest, now() - start);
    }
    return fastest;
  } finally {
    await executable.dispose();
  }
}

/** Scaled so that sums keep the size of their terms: numbers that overflow take other paths. */
const madeUpWeights: WeightStore = {
  locate: (_, shape) => ({ kind: 'memory', values: weightOf(shape) }),
  read: (_, shape) => Promise.resolve(weightOf(shape)),
};

function weightOf(shape: readonly number[]): Float32Array {
  const count = elementCount(shape);
  const factor = shape.length > 1 ? (count / shape[0]!) ** -0.5 : 1;
  return smallNumbers(count).map((x) => x * factor);
}

/** Between -1 and 1, always the same. */
function smallNumbers(count: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return state / 2 ** 31;
  });
}
