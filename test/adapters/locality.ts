import type { RecipeInput } from '../../src-main/contract/recipe.ts';
import type { TensorMap } from '../../src-main/engine/backends/backend.ts';
import type { LoadedModel } from '../../src-main/engine/model/loaded-model.ts';
import { draw } from './toy-job.ts';

/** How much a guide changes inside its mask, and outside of the mask and its halo. */
export interface Leak {
  readonly inside: number;
  readonly outside: number;
}

export interface LocalityCase {
  /** The job without the guide. */
  readonly plain: Partial<RecipeInput> & { readonly size: { readonly width: number; readonly height: number } };
  /** The same with a guide that is masked to the left of `edge`. */
  readonly guided: Partial<RecipeInput>;
  readonly edge: number;
  /** Pixels right of the edge that are not counted. */
  readonly halo: number;
  readonly seeds: number;
}

export interface Locality {
  /** Of the first prediction: what one call of the UNet mixes over the mask's edge. */
  readonly call: Leak;
  /** Of the finished picture: that, carried from step to step. */
  readonly picture: Leak;
}

/** Notes the output of the first call of the UNet in each job. */
export class FirstCalls {
  #latest: Float32Array | undefined;

  readonly ran = (_: TensorMap, outputs: TensorMap): void => {
    const out = outputs.get('out')?.data;
    if (out instanceof Float32Array) this.#latest ??= out.slice();
  };

  take(): Float32Array {
    const taken = this.#latest ?? new Float32Array();
    this.#latest = undefined;
    return taken;
  }
}

/** Mean changes over all seeds. */
export async function measureLocality(
  model: LoadedModel,
  calls: FirstCalls,
  { plain, guided, edge, halo, seeds }: LocalityCase,
): Promise<Locality> {
  const { width } = plain.size;
  const sums = { call: new Sides(), picture: new Sides() };
  for (let seed = 0; seed < seeds; seed++) {
    calls.take();
    const before = { picture: (await draw(model, { ...plain, seed })).picture, call: calls.take() };
    const after = { picture: (await draw(model, { ...plain, ...guided, seed })).picture, call: calls.take() };
    sums.picture.add(before.picture.rgb, after.picture.rgb, (i) => Math.floor(i / 3) % width, [edge, edge + halo]);
    const factor = model.description.vaeFactor;
    sums.call.add(before.call, after.call, (i) => i % (width / factor), [edge / factor, (edge + halo) / factor]);
  }
  return { call: sums.call.mean, picture: sums.picture.mean };
}

/** Sums of absolute differences on both sides of a mask's edge. */
class Sides {
  readonly #sums = [0, 0];
  readonly #counts = [0, 0];

  get mean(): Leak {
    const [inside, outside] = this.#sums.map((sum, i) => sum / Math.max(this.#counts[i]!, 1)) as [number, number];
    return { inside, outside };
  }

  add(a: ArrayLike<number>, b: ArrayLike<number>, columnOf: (index: number) => number, [edge, far]: readonly [number, number]): void {
    for (let i = 0; i < a.length; i++) {
      const column = columnOf(i);
      if (column >= edge && column < far) continue;
      const side = column < edge ? 0 : 1;
      this.#sums[side]! += Math.abs(a[i]! - b[i]!);
      this.#counts[side]!++;
    }
  }
}
