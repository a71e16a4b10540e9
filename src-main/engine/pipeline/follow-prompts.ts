import type { Predictor } from './predict.ts';

export interface ChangingPrompts {
  /** The moment of the prompts at a call of the model. */
  readonly at: (index: number) => number;
  /** The predictor of a moment: the same networks, with keys and values of its texts. */
  readonly predictor: (moment: number) => Promise<Predictor>;
}

/** Of prompts that take turns; what one holds is as large as the keys and values of all its tokens in every layer. */
const kept = 2;

/** A predictor that follows prompts which change while the steps run; that of the first moment is ready at once. */
export async function followPrompts({ at, predictor }: ChangingPrompts): Promise<Predictor> {
  const ready = new Map([[0, await predictor(0)]]);
  return async (input, timestep, index) => {
    const moment = at(index);
    const current = ready.get(moment) ?? (await predictor(moment));
    ready.delete(moment);
    ready.set(moment, current);
    for (const old of ready.keys()) if (ready.size > kept) ready.delete(old);
    return current(input, timestep, index);
  };
}
