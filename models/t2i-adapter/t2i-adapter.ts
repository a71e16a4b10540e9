import { activation } from '../../kernels/activation/op.ts';
import { add } from '../../kernels/binary/op.ts';
import { conv2d } from '../../kernels/conv2d/op.ts';
import { GraphBuilder, Scope } from '../../kernels/graph/builder.ts';
import { image, type Graph, type Value } from '../../kernels/graph/graph.ts';
import { pixelUnshuffle } from '../../kernels/pixel-unshuffle/op.ts';
import { averagePool } from '../../kernels/pool/op.ts';
import { halvesAt, type T2iAdapterConfig } from './config.ts';

/**
 * A T2I-Adapter (Mou et al. 2023; diffusers T2IAdapter, full and XL) as a graph.
 *
 * Input: control [1, C, H, W], the picture in [0, 1], sides divisible by the downscale factor.
 * Outputs: `feature.0` …, before their weight.
 */
export function buildT2iAdapter(config: T2iAdapterConfig, height: number, width: number): Graph {
  const graph = new GraphBuilder();
  const scope = new Scope(graph, 'adapter');
  const picture = graph.input('control', image(1, config.inChannels, height, width));
  let hidden = conv2d(scope.at('conv_in'), pixelUnshuffle(scope, picture, config.downscale), { outChannels: config.channels[0]! });
  const features = config.channels.map((outChannels, stage): [string, Value] => {
    const own = scope.at('body', stage);
    if (halvesAt(config, stage)) hidden = averagePool(own, hidden);
    if (hidden.shape[1] !== outChannels) hidden = conv2d(own.at('in_conv'), hidden, { outChannels, kernel: 1 });
    for (let i = 0; i < config.resBlocks; i++) hidden = residualBlock(own.at('resnets', i), hidden);
    return [`feature.${stage}`, hidden];
  });
  return graph.build(Object.fromEntries(features));
}

function residualBlock(scope: Scope, x: Value): Value {
  const outChannels = x.shape[1]!;
  const inner = activation(scope, 'relu', conv2d(scope.at('block1'), x, { outChannels }));
  return add(scope, conv2d(scope.at('block2'), inner, { outChannels, kernel: 1 }), x);
}
