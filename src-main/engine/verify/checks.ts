import { checkAttention, checkSamAttention } from './attention.ts';
import { checkClipPreprocess, checkClipVision, checkImageProjection } from './images.ts';
import { checkVae } from './models.ts';
import { checkPipeline } from './pipeline.ts';
import { checkRandn } from './randn.ts';
import { checkSchedulerTable, checkSchedulerTrajectory } from './schedulers.ts';
import { checkTextEncoder } from './text-encoder.ts';
import { checkTokenizerPadded, checkTokenizerPlain } from './tokenizer.ts';
import type { GoldenCheck } from './types.ts';
import { checkUnet } from './unet.ts';

/** Kind of case to the check that runs it. */
export const goldenChecks: Readonly<Record<string, GoldenCheck>> = {
  attention: checkAttention,
  clip_preprocess: checkClipPreprocess,
  clip_vision: checkClipVision,
  image_projection: checkImageProjection,
  sam_attention: checkSamAttention,
  pipeline: checkPipeline,
  randn: checkRandn,
  scheduler_table: checkSchedulerTable,
  scheduler_trajectory: checkSchedulerTrajectory,
  text_encoder: checkTextEncoder,
  unet: checkUnet,
  vae: checkVae,
  tokenizer_padded: checkTokenizerPadded,
  tokenizer_plain: checkTokenizerPlain,
};
