/** As many ends within this time are a fault that starting again does not cure. */
const mostEndings = 3;
const windowMs = 60_000;

/** Whether a process that has ended now may be started again, and the ends that count from here on (milliseconds since 1970). */
export function mayRestart(endings: readonly number[], now: number): { readonly isAllowed: boolean; readonly endings: number[] } {
  const recent = [...endings.filter((at) => now - at < windowMs), now];
  return { isAllowed: recent.length < mostEndings, endings: recent };
}
