import type { KnownModel } from './detect.ts';
import { fileName } from './file-name.ts';
import { predictionOfScheduler } from './diffusers-folder.ts';
import type { ComponentName, JsonObject, ModelComponent, ModelIo, Prediction } from './types.ts';

interface PredictionDecision {
  readonly prediction: Prediction;
  readonly certain: boolean;
  readonly zeroTerminalSnr: boolean;
  readonly reasons: readonly string[];
}

const vInName = /(^|[^a-z])v[-_ ]?pred/i;

/**
 * Prediction type and zero terminal SNR of a single file. Order: markers and metadata inside the file, a .yaml beside it, the
 * scheduler of a folder beside it, the weights (SD2), the file's name.
 */
export async function decidePrediction(
  path: string,
  detection: KnownModel,
  components: Partial<Record<ComponentName, ModelComponent>>,
  scheduler: JsonObject | undefined,
  io: ModelIo,
): Promise<PredictionDecision> {
  const { prediction, zeroTerminalSnr, predictionCertain } = detection;
  const decide = (decided: Prediction, certain: boolean, reason?: string): PredictionDecision => ({
    prediction: decided,
    certain,
    zeroTerminalSnr: zeroTerminalSnr || scheduler?.['rescale_betas_zero_snr'] === true,
    reasons: reason === undefined ? [] : [`${reason}: ${decided}.`],
  });
  if (prediction && predictionCertain) return decide(prediction, true);
  const yaml = await io.readText(path.replace(/\.safetensors$/i, '.yaml'));
  const parameterization = /^\s*parameterization:\s*["']?(v|eps)\b/m.exec(yaml ?? '')?.[1];
  if (parameterization) return decide(parameterization === 'v' ? 'v_prediction' : 'epsilon', true, 'The .yaml beside the file says so');
  if (scheduler) return decide(predictionOfScheduler(scheduler), true, 'The scheduler of the folder beside the file says so');
  if (detection.family === 'sd2') {
    if (detection.variant === 'inpaint') return decide('epsilon', false, 'SD2 inpainting models predict noise');
    return decide(await sd2Prediction(components, io), false, 'By the spread of the last attention norm bias');
  }
  const name = fileName(path);
  if (vInName.test(name)) return decide('v_prediction', false, 'The name of the file says so');
  return decide(prediction ?? 'epsilon', false);
}

/** ComfyUI's test for SD2: the population standard deviation of one norm bias is above 0.09 in v-prediction models. */
async function sd2Prediction(components: Partial<Record<ComponentName, ModelComponent>>, io: ModelIo): Promise<Prediction> {
  const location = components.unet?.weights.get('up_blocks.3.attentions.2.transformer_blocks.0.norm1.bias');
  if (!location) return 'epsilon';
  const values = await io.values(location);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return Math.sqrt(variance) > 0.09 ? 'v_prediction' : 'epsilon';
}
