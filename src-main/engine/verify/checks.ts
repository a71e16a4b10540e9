import { checkAttention, checkSamAttention } from './attention.ts';
import { checkRandn } from './randn.ts';
import { checkSchedulerTable, checkSchedulerTrajectory } from './schedulers.ts';
import type { GoldenCheck } from './types.ts';

/** Kind of case to the check that runs it. */
export const goldenChecks: Readonly<Record<string, GoldenCheck>> = {
  attention: checkAttention,
  sam_attention: checkSamAttention,
  randn: checkRandn,
  scheduler_table: checkSchedulerTable,
  scheduler_trajectory: checkSchedulerTrajectory,
};
