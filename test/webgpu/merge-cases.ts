import type { GraphCase } from './case.ts';

export const mergeCases: readonly GraphCase[] = [];
