import type { Attributes } from '../graph/graph.ts';

/** `gelu` is the exact erf form; `quickGelu` is x * sigmoid(1.702 x), as OpenAI's CLIP uses it. */
export type ActivationKind = 'silu' | 'gelu' | 'quickGelu' | 'relu' | 'tanh';

export interface ActivationAttributes extends Attributes {
  readonly kind: ActivationKind;
}
