import type { Precision } from '../../src-main/contract/recipe.ts';

export const precisionTitles: Readonly<Record<Precision, string>> = { full: 'Full', fast: 'Fast' };
