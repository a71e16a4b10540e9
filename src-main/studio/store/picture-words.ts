import type { Recipe } from '../../contract/recipe.ts';

/** What the gallery's search finds a picture by. */
export function pictureWords(recipe: Recipe, width: number, height: number): string {
  const regions = recipe.regions.flatMap((region) => [
    region.name,
    region.prompt,
    region.negative,
    ...region.loras.map(({ file }) => file),
  ]);
  const models = [recipe.model, ...recipe.loras.map(({ file }) => file), ...recipe.controls.map(({ model }) => model)];
  const numbers = [tag('seed', recipe.seed), tag('size', `${width}x${height}`), tag('steps', recipe.steps), tag('sampler', recipe.sampler)];
  return [recipe.prompt, recipe.negative ?? '', ...regions, ...models, ...numbers].join('\n');
}

/** `seed:12` as one word of letters and digits, which the tokenizer keeps whole. */
function tag(name: string, value: string | number | undefined): string {
  return value === undefined ? '' : `${name}${value}`.replace(/[^\p{L}\p{N}]/gu, '');
}

/**
 * A full-text query that finds pictures with words beginning with each word of the text; null for a text without words. `seed:12`
 * finds exactly that seed.
 */
export function searchQuery(text: string): string | null {
  const terms = text.split(/\s+/).flatMap((word) => {
    const field = /^(seed|size|steps|sampler):(.+)$/i.exec(word);
    if (field) return [`"${tag(field[1]?.toLowerCase() ?? '', field[2])}"`];
    // The same cuts as the tokenizer makes, so that "semi-real" finds "semi-realistic".
    return word.split(/[^\p{L}\p{N}\p{M}\p{Co}]+/u).filter((part) => part !== '').map((part) => `"${part}"*`); // prettier-ignore
  });
  return terms.length > 0 ? terms.join(' ') : null;
}
