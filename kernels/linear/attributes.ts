import type { Attributes } from '../graph/graph.ts';

export type LinearAttributes = Attributes;
