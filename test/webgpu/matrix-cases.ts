import { attention } from '../../kernels/attention-op/op.ts';
import { add, multiply } from '../../kernels/binary/op.ts';
import { conv2d } from '../../kernels/conv2d/op.ts';
import { geglu } from '../../kernels/geglu/op.ts';
import { image, tokens } from '../../kernels/graph/graph.ts';
import { linear } from '../../kernels/linear/op.ts';
import { graphCase, type GraphCase } from './case.ts';

const flash = (queries: number, keys: number, size: number, heads = 1, causal = false) =>
  graphCase(
    `matrix attention ${queries}x${keys} of ${heads}x${size}${causal ? ' causal' : ''}`,
    (s, g) => ({
      y: attention(s, g.input('q', tokens(1, queries, size * heads)), g.input('k', tokens(1, keys, size * heads)), g.input('v', tokens(1, keys, size * heads)), { heads, causal }).out,
    }),
    { limits: { q: 4, k: 4 } },
  ); // prettier-ignore

/** Sizes at which devices with matrix units use them: the suite's own sizes are mostly too small. */
export const matrixCases: readonly GraphCase[] = [
  graphCase('matrix linear 70x48x72', (s, g) => ({ y: linear(s, g.input('x', tokens(1, 70, 48)), 72) })),
  graphCase('matrix linear 33x20x130', (s, g) => ({ y: linear(s, g.input('x', tokens(1, 33, 20)), 130) })),
  graphCase('matrix linear 600x64x320', (s, g) => ({ y: linear(s, g.input('x', tokens(1, 600, 64)), 320) })),
  graphCase('matrix gated linear', (s, g) => ({ y: geglu(s, linear(s, g.input('x', tokens(1, 40, 24)), 80)) })),
  graphCase('matrix conv 16 to 40', (s, g) => ({ y: conv2d(s, g.input('x', image(2, 16, 7, 9)), { outChannels: 40 }) })),
  graphCase('matrix conv 64 to 64', (s, g) => ({ y: conv2d(s, g.input('x', image(1, 64, 9, 8)), { outChannels: 64 }) })),
  flash(70, 45, 40, 2),
  flash(33, 77, 64),
  flash(64, 64, 80),
  flash(40, 20, 160),
  flash(50, 50, 16, 2, true),
  graphCase('matrix attention accumulated under a mask', (s, g) => {
    const q = g.input('q', tokens(1, 37, 32));
    const over = (name: string, keys: number) => attention(s, q, g.input(`k${name}`, tokens(1, keys, 32)), g.input(`v${name}`, tokens(1, keys, 32)), { heads: 2 }).out;
    return { y: add(s, over('text', 20), multiply(s, over('picture', 4), g.input('gate', tokens(1, 37, 1)))) };
  }, { limits: { q: 3 } }),
]; // prettier-ignore
