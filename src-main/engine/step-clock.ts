/** Seconds a step and seconds left from the moments at which steps ended. */
export class StepClock {
  readonly #now: () => number;
  #stage = '';
  #first: { step: number; time: number } | null = null;

  /** @param now milliseconds of a clock that never goes back */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Notes that `step` of `steps` has ended; the times are null until one step has been measured. */
  mark(stage: string, step: number, steps: number): { secondsPerStep: number | null; secondsLeft: number | null } {
    const time = this.#now();
    if (stage !== this.#stage || !this.#first || step < this.#first.step) {
      this.#stage = stage;
      this.#first = { step, time };
    }
    const done = step - this.#first.step;
    if (done <= 0) return { secondsPerStep: null, secondsLeft: null };
    const secondsPerStep = (time - this.#first.time) / 1000 / done;
    return { secondsPerStep, secondsLeft: secondsPerStep * Math.max(0, steps - step) };
  }
}
