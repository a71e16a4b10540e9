import type { LoadedModel, TextEncoderName, WeightLayer } from '../model/loaded-model.ts';
import { caseInversions } from './inversions.ts';
import { caseLoras } from './loras.ts';
import type { GoldenCase, GoldenContext } from './types.ts';

/** Gives the weights that a case's files lay over a part of the model; none where the case names no such files. */
export type CaseWeightSource = (
  goldenCase: GoldenCase,
  context: GoldenContext,
  model: LoadedModel,
  part: 'unet' | TextEncoderName,
) => Promise<readonly WeightLayer[]>;

/** Files that change weights of the model itself, by the parameter that names them. */
const sources: Readonly<Record<string, CaseWeightSource>> = { loras: caseLoras, lycoris: caseLoras, textual_inversions: caseInversions };

/** Parameters that change weights: a case with one that has no source fails instead of passing without it. */
const weightParameters = ['loras', 'lycoris', 'textual_inversions'] as const;

/** All weights that a case lays over a part of the model, in the order of the sources. */
export async function caseWeights(...[goldenCase, ...rest]: Parameters<CaseWeightSource>): Promise<WeightLayer[]> {
  const layers: WeightLayer[] = [];
  for (const name of weightParameters) {
    const named = goldenCase.params[name];
    if (!Array.isArray(named) || named.length === 0) continue;
    const source = sources[name];
    if (!source) throw new RangeError(`no check for the parameter ${name}`);
    layers.push(...(await source(goldenCase, ...rest)));
  }
  return layers;
}
