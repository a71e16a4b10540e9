import { controlNetStack, type AttentionStack } from '../../../../kernels/attention/stack/stack.ts';
import { contextLength, type AttentionLayer } from '../../../../kernels/attention/stack/layers.ts';
import type { StackJob } from '../../attention/stack-inputs.ts';

/**
 * The prompts and their places for a ControlNet that runs for the last `rows` rows of the UNet's batch: for all of them, or for the
 * positive side alone.
 */
export function controlStackJob(job: StackJob, rows: number): StackJob {
  const first = job.batch - rows;
  const stack = controlNetStack(job.stack);
  const layers = first === 0 ? stack.layers : stack.layers.flatMap((layer) => fromRow(layer, first));
  return { ...job, stack: { ...stack, layers } satisfies AttentionStack, batch: rows };
}

function fromRow(layer: AttentionLayer, first: number): AttentionLayer[] {
  if (layer.kind === 'padding') return [{ ...layer, lengths: layer.lengths.slice(first), tokens: contextLength(layer) }];
  if (layer.kind !== 'regional') return [layer];
  const rows = layer.rows.filter((row) => row >= first).map((row) => row - first);
  return rows.length > 0 ? [{ ...layer, rows }] : [];
}
