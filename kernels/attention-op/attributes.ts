import type { Attributes, NodeOf } from '../graph/graph.ts';

export interface AttentionAttributes extends Attributes {
  readonly heads: number;
  /** Factor of the scores, usually headSize^-0.5. */
  readonly scale: number;
  /** Query i sees keys up to i. */
  readonly causal: boolean;
  /** Whether a low-rank bias follows the values, the same for all heads or one a head. */
  readonly bias: 'none' | 'shared' | 'perHead';
  /** Whether one-hot key groups follow, whose attention mass becomes the second output. */
  readonly readout: boolean;
  /** Name of the kernel to use; `auto` lets the back end choose. */
  readonly base: string;
  /** Query rows per chunk where the kernel chunks; 0 lets it choose. */
  readonly chunk: number;
  /** Whether a switch [1, 1, 1] is the last input: where it is 0 nothing is computed and the output is 0. */
  readonly optional?: boolean;
}

export type AttentionNode = NodeOf<AttentionAttributes>;

/** The inputs of an attention node by role. */
export function attentionInputs<T>(inputs: readonly T[], attributes: Pick<AttentionAttributes, 'bias' | 'readout' | 'optional'>) {
  const [query, key, value] = inputs as [T, T, T];
  const hasBias = attributes.bias !== 'none';
  return {
    query,
    key,
    value,
    bias: hasBias ? { query: inputs[3]!, key: inputs[4]! } : undefined,
    groups: attributes.readout ? inputs[hasBias ? 5 : 3]! : undefined,
    acts: attributes.optional ? inputs.at(-1)! : undefined,
  };
}
