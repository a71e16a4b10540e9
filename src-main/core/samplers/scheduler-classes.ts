import { ddim } from './ddim.ts';
import { ddpm } from './ddpm.ts';
import { deis } from './deis.ts';
import { dpmMultistep } from './dpm-multistep.ts';
import { dpmSde } from './dpm-sde.ts';
import { dpmSinglestep } from './dpm-singlestep.ts';
import { eulerAncestral } from './euler-ancestral.ts';
import { euler } from './euler.ts';
import { heun } from './heun.ts';
import { kdpm2Ancestral } from './kdpm2-ancestral.ts';
import { kdpm2 } from './kdpm2.ts';
import { lcm } from './lcm.ts';
import { lms } from './lms.ts';
import { pndm } from './pndm.ts';
import { saSolver } from './sa-solver.ts';
import type { SamplerClass } from './sampler.ts';
import { tcd } from './tcd.ts';
import { unipc } from './unipc.ts';

/** The samplers under the class names of diffusers. A new one is a file and a row. */
export const schedulerClasses = {
  DDIMScheduler: ddim,
  DDPMScheduler: ddpm,
  DEISMultistepScheduler: deis,
  DPMSolverMultistepScheduler: dpmMultistep,
  DPMSolverSDEScheduler: dpmSde,
  DPMSolverSinglestepScheduler: dpmSinglestep,
  EulerAncestralDiscreteScheduler: eulerAncestral,
  EulerDiscreteScheduler: euler,
  HeunDiscreteScheduler: heun,
  KDPM2AncestralDiscreteScheduler: kdpm2Ancestral,
  KDPM2DiscreteScheduler: kdpm2,
  LCMScheduler: lcm,
  LMSDiscreteScheduler: lms,
  PNDMScheduler: pndm,
  SASolverScheduler: saSolver,
  TCDScheduler: tcd,
  UniPCMultistepScheduler: unipc,
} as const satisfies Record<string, SamplerClass>;

export type SchedulerClassName = keyof typeof schedulerClasses;
