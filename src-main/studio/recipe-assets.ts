import type { MaskSource, Recipe, RecipeInpaint, RecipeReference } from '../contract/recipe.ts';

/** Every picture that a recipe names, each once. */
export function recipeAssets(recipe: Recipe): string[] {
  const masks = (mask: MaskSource | undefined) => (mask && 'asset' in mask ? [mask.asset] : []);
  const references = (list: readonly RecipeReference[]) => list.flatMap(({ picture, mask }) => [picture, ...masks(mask)]);
  return [
    ...new Set([
      ...(recipe.image ? [recipe.image.picture] : []),
      ...masks(recipe.inpaint?.mask),
      ...(recipe.inpaint?.moreMasks ?? []).flatMap((more) => masks(more.mask)),
      ...recipe.regions.flatMap((region) => [...masks(region.mask), ...references(region.references)]),
      ...recipe.controls.flatMap(({ picture, mask }) => [picture, ...masks(mask)]),
      ...references(recipe.references),
    ]),
  ];
}

/** Whether the recipe needs files besides its model: LoRAs, embeddings, control models, reference adapters. */
export function namesAddOns({ loras, references, controls, embeddings, regions }: Recipe): boolean {
  const lists = [loras, references, controls, embeddings, ...regions.flatMap((region) => [region.loras, region.references])];
  return lists.some((list) => list.length > 0);
}

/** The same recipe with every picture's name replaced. */
export function mapRecipeAssets(recipe: Recipe, rename: (asset: string) => string): Recipe {
  const mask = <Mask extends MaskSource | undefined>(source: Mask): Mask =>
    source && 'asset' in source ? { ...source, asset: rename(source.asset) } : source;
  const reference = (item: RecipeReference): RecipeReference => ({ ...item, picture: rename(item.picture), ...withMask(item, mask) });
  return {
    ...recipe,
    ...(recipe.image ? { image: { ...recipe.image, picture: rename(recipe.image.picture) } } : {}),
    ...(recipe.inpaint ? { inpaint: inpaintWith(recipe.inpaint, mask) } : {}),
    regions: recipe.regions.map((region) => ({ ...region, mask: mask(region.mask), references: region.references.map(reference) })),
    controls: recipe.controls.map((control) => ({ ...control, picture: rename(control.picture), ...withMask(control, mask) })),
    references: recipe.references.map(reference),
  };
}

function inpaintWith(inpaint: RecipeInpaint, change: (mask: MaskSource) => MaskSource): RecipeInpaint {
  const more = inpaint.moreMasks?.map((item) => ({ ...item, mask: change(item.mask) }));
  return { ...inpaint, ...withMask(inpaint, change), ...(more && { moreMasks: more }) };
}

function withMask(item: { readonly mask?: MaskSource | undefined }, change: (mask: MaskSource) => MaskSource): { mask?: MaskSource } {
  return item.mask ? { mask: change(item.mask) } : {};
}
