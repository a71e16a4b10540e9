import { silu } from '../../kernels/activation/op.ts';
import { add } from '../../kernels/binary/op.ts';
import { conv2d } from '../../kernels/conv2d/op.ts';
import type { Scope } from '../../kernels/graph/builder.ts';
import type { Value } from '../../kernels/graph/graph.ts';
import type { GroupNormAttributes } from '../../kernels/group-norm/attributes.ts';
import { groupNorm } from '../../kernels/group-norm/op.ts';
import { linear } from '../../kernels/linear/op.ts';
import { reshape } from '../../kernels/reshape/op.ts';

/**
 * The residual block of the UNet and the VAE (diffusers ResnetBlock2D): norm, SiLU, conv, plus the projected time, norm, SiLU, conv,
 * plus the input through a 1x1 convolution where the channels differ.
 * @param time SiLU of the time embedding [N, D]; absent in the VAE
 */
export function resnetBlock(scope: Scope, x: Value, outChannels: number, norm: GroupNormAttributes, time?: Value): Value {
  let h = groupNorm(scope.at('norm1'), x, norm);
  h = conv2d(scope.at('conv1'), silu(scope.at('norm1'), h), { outChannels });
  if (time) {
    const shift = linear(scope.at('time_emb_proj'), time, outChannels);
    h = add(scope.at('time'), h, reshape(scope.at('time'), shift, [x.shape[0]!, outChannels, 1, 1], 'image'));
  }
  h = groupNorm(scope.at('norm2'), h, norm);
  h = conv2d(scope.at('conv2'), silu(scope.at('norm2'), h), { outChannels });
  const skip = x.shape[1] === outChannels ? x : conv2d(scope.at('conv_shortcut'), x, { outChannels, kernel: 1 });
  return add(scope, skip, h);
}
