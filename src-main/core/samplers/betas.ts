import type { SchedulerConfig } from './config.ts';

const round = Math.fround;

/** What stands in for a cumulative alpha of 0 where a sampler divides by it (diffusers' choice). */
const smallestAlpha = 2 ** -24;

/**
 * Products of 1 - beta up to each training step, in f32 with the roundings of torch (running product in f64).
 * With `zeroSnr: 'floored'` the last value of a zero-SNR schedule is 2^-24 instead of 0.
 */
export function cumulativeAlphas(config: SchedulerConfig, zeroSnr: 'exact' | 'floored' = 'exact'): Float32Array {
  const betas = trainingBetas(config);
  if (!config.rescale_betas_zero_snr) return runningProduct(betas);
  const alphas = runningProduct(rescaleToZeroSnr(betas));
  if (zeroSnr === 'floored') alphas[alphas.length - 1] = smallestAlpha;
  return alphas;
}

/** Noise levels sqrt((1 - a) / a) of the training steps, ascending. */
export function trainingSigmas(alphas: Float32Array): Float32Array {
  return alphas.map((alpha) => Math.sqrt(round(round(1 - alpha) / alpha)));
}

function trainingBetas(config: SchedulerConfig): Float32Array {
  const { trained_betas, beta_schedule, beta_start, beta_end, num_train_timesteps: count } = config;
  if (trained_betas) return Float32Array.from(trained_betas);
  switch (beta_schedule) {
    case 'linear':
      return linspaceSingle(beta_start, beta_end, count);
    case 'scaled_linear':
      return linspaceSingle(Math.sqrt(beta_start), Math.sqrt(beta_end), count).map((root) => root * root);
    case 'squaredcos_cap_v2':
      return cosineBetas(count);
    default:
      throw new RangeError(
        `beta_schedule: expected linear, scaled_linear or squaredcos_cap_v2, got ${String(beta_schedule satisfies never)}`,
      );
  }
}

/** torch.linspace in f32: the first half counts from the start, the second from the end, one rounding each. */
function linspaceSingle(start: number, end: number, count: number): Float32Array {
  const [first, last] = [round(start), round(end)];
  const step = round(round(last - first) / (count - 1));
  return Float32Array.from({ length: count }, (_, i) => (i < count / 2 ? first + step * i : last - step * (count - 1 - i)));
}

/** Nichol & Dhariwal 2021, eq. 17, with their cap of 0.999. */
function cosineBetas(count: number): Float32Array {
  const alphaBar = (t: number): number => Math.cos((((t + 0.008) / 1.008) * Math.PI) / 2) ** 2;
  return Float32Array.from({ length: count }, (_, i) => Math.min(1 - alphaBar((i + 1) / count) / alphaBar(i / count), 0.999));
}

/** Lin et al. 2023, algorithm 1: shifts and scales the root of the products so that the last is 0 and the first stays. */
function rescaleToZeroSnr(betas: Float32Array): Float32Array {
  const roots = runningProduct(betas).map(Math.sqrt);
  const [first, last] = [roots[0]!, roots.at(-1)!];
  const scale = round(first / round(first - last));
  const products = roots.map((root) => round(round(root - last) * scale)).map((root) => root * root);
  return products.map((product, i) => 1 - (i === 0 ? product : round(product / products[i - 1]!)));
}

function runningProduct(betas: Float32Array): Float32Array {
  let product = 1;
  return betas.map((beta) => (product *= round(1 - beta)));
}
