/** Groups of golden cases that the engine answers so far; `npm test` names the others as not covered. */
export const goldenGroups: readonly string[] = ['components', 'schedulers', 'randn', 'pipelines'];
