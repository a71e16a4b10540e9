import { listNames, refusal } from './refusal.ts';
import type { WeightMap } from './types.ts';

/** How a network's weights in a file differ from what its config asks for. */
export interface WeightCheck {
  readonly missing: readonly string[];
  readonly extra: readonly string[];
  /** "name: expected [..], found [..]" */
  readonly wrongShapes: readonly string[];
}

/** Compares weights with the expected names and shapes. Factors of the same size in another rank (1x1 convolutions) are wrong too. */
export function checkWeights(weights: WeightMap, expected: ReadonlyMap<string, readonly number[]>): WeightCheck {
  const missing: string[] = [];
  const wrongShapes: string[] = [];
  for (const [name, shape] of expected) {
    const found = weights.get(name)?.shape;
    if (!found) missing.push(name);
    else if (found.join() !== shape.join()) wrongShapes.push(`${name}: expected [${shape.join(', ')}], found [${found.join(', ')}]`);
  }
  const extra = [...weights.keys()].filter((name) => !expected.has(name));
  return { missing, extra, wrongShapes };
}

/**
 * Refuses a component with missing or misshapen weights, before anything is loaded. Returns a note about extra weights, which are
 * removed from `weights`. `what` is the sentence's subject, for example "the UNet of this SDXL model".
 */
export function requireWeights(path: string, what: string, weights: WeightMap, expected: ReadonlyMap<string, readonly number[]>): string[] {
  const { missing, extra, wrongShapes } = checkWeights(weights, expected);
  if (missing.length > 0) {
    const sentence = `${what} lacks ${missing.length} of ${expected.size} tensors: ${listNames(missing)}.`;
    throw refusal('missingTensors', path, sentence, {
      missing: missing.slice(0, 50),
      expected: expected.size,
      got: expected.size - missing.length,
    });
  }
  if (wrongShapes.length > 0) {
    const sentence = `${what} has ${wrongShapes.length} tensors of another shape: ${listNames(wrongShapes, 3)}.`;
    throw refusal('wrongShapes', path, sentence, { wrong: wrongShapes.slice(0, 50) });
  }
  for (const name of extra) weights.delete(name);
  return extra.length === 0 ? [] : [`${what} has ${extra.length} tensors that are not used: ${listNames(extra)}.`];
}
