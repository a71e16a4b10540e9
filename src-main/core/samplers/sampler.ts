import type { SchedulerConfig } from './config.ts';
import type { SigmaSpacing } from './sigmas.ts';
import type { StepNoise } from './step-noise.ts';

/**
 * One run of a sampler: its tables, and the history that its steps need. A run is driven once, from any index that starts a step
 * (a multiple of `order`) to the end, in order; another picture takes another run.
 */
export interface Sampler {
  /** What the model is told at each call. */
  readonly timesteps: Float64Array;
  /** Noise levels in the layout of diffusers' `scheduler.sigmas`; undefined for samplers that work on cumulative alphas. */
  readonly sigmas: Float32Array | undefined;
  /** Text to image starts at noise times this. */
  readonly initNoiseSigma: number;
  /** Model calls per step: 2 for second-order samplers, so image to image starts at `startStep * order`. */
  readonly order: 1 | 2;
  /** The sample as the model wants it at call `index`. */
  modelInput(x: Float32Array, index: number): Float32Array;
  /** A clean latent with the noise of call `index` added: the start of image to image. */
  addNoise(clean: Float32Array, noise: Float32Array, index: number): Float32Array;
  /** Takes the model's output at call `index` and gives the sample for the next call. */
  step(call: SamplerCall): SamplerStep;
}

export interface SamplerCall {
  /** What the model gave for `modelInput(x, index)`, after guidance. */
  readonly output: Float32Array;
  /** The sample before `modelInput`. */
  readonly x: Float32Array;
  readonly index: number;
  /** Drawn from by stochastic samplers only. */
  readonly noise: StepNoise;
}

export interface SamplerStep {
  readonly x: Float32Array;
  /** The denoised estimate of this call, in the scaled latent space of the model: what previews show. */
  readonly x0: Float32Array;
}

export interface SamplerOptions {
  readonly steps: number;
  /** Share of stochasticity of DDIM (0 when absent) and TCD (0.3 when absent), 0 to 1. */
  readonly eta?: number;
  /** Replaces the spacing of the configuration. */
  readonly spacing?: SigmaSpacing;
}

/** A scheduler class: the fields it takes besides the common ones with their defaults, and how to start a run. */
export interface SamplerClass {
  readonly defaults: Partial<SchedulerConfig>;
  /** Whether noise levels can be placed freely (Karras, exponential …) or must be training steps of a grid. */
  readonly levels: 'free' | 'grid';
  create(config: SchedulerConfig, options: SamplerOptions): Sampler;
}
