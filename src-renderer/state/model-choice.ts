import type { Studio } from './studio.svelte.ts';

/** Draws with another checkpoint, with the steps and guidance that are usual for it. */
export function chooseModel({ document, models }: Studio, model: string): void {
  const { steps, guidance } = models.find(model)?.defaults ?? {};
  const usual = { ...(steps !== undefined && { steps }), ...(guidance !== undefined && { guidance }) };
  document.edit({ model, modelSha256: undefined, ...usual }, 'Change the model');
}
