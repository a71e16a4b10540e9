import type { Studio } from './studio.svelte.ts';

/** Draws with another checkpoint, with the steps and guidance that are usual for it. */
export function chooseModel({ document, models }: Studio, model: string): void {
  const { steps, guidance } = models.find(model)?.defaults ?? {};
  document.edit({ model, ...(steps !== undefined && { steps }), ...(guidance !== undefined && { guidance }) }, 'Change the model');
}
