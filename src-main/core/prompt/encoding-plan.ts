import type { ParsedPrompt, PromptPart, PromptSection, PromptSyntax } from './ast.ts';

/** What planning needs of a tokenizer. */
export interface PromptTokenizer {
  readonly beginId: number;
  readonly endId: number;
  readonly padId: number;
  /** Ids of a whole block, 77. */
  readonly maxLength: number;
  /** Ids from here on are textual inversions: a run of consecutive ids is not torn apart. */
  readonly vocabularySize: number;
  encode(text: string): number[];
}

/** Another encoding of a block in which one fragment is hidden from attention (compel's weights below 1). */
export interface WithoutFragment {
  /** 1 where a token may be attended to, 0 for the fragment's tokens; one entry a token of the block. */
  readonly attentionMask: Uint8Array;
  readonly weight: number;
}

/** One call of the text encoder: begin, tokens, end, padding. */
export interface EncodingBlock {
  readonly ids: Int32Array<ArrayBuffer>;
  /** One weight a token; 1 for begin, end and padding. */
  readonly weights: Float32Array<ArrayBuffer>;
  /** Compel: further encodings of the same ids to be mixed in; empty in other syntaxes. */
  readonly without: readonly WithoutFragment[];
  /** Compel: the weight of the block's own encoding in that mix. */
  readonly baseWeight: number;
}

export interface PartPlan {
  readonly weight: number;
  /** Embeddings of the blocks are joined along the tokens. */
  readonly blocks: readonly EncodingBlock[];
}

/** Which token blocks to encode and how to weigh and combine what comes out. */
export interface EncodingPlan {
  readonly syntax: PromptSyntax;
  readonly combine: ParsedPrompt['combine'];
  readonly normalise: boolean;
  readonly parts: readonly PartPlan[];
  /** Whether the embedding of the empty prompt is needed too. */
  readonly needsEmpty: boolean;
  readonly notes: readonly string[];
}

interface WeightedToken {
  readonly id: number;
  readonly weight: number;
  /** Number of the fragment in its part. */
  readonly fragment: number;
}

const backtrack = 20;
const longestWord = 8;

/** Tokenizes a parsed prompt into blocks by the rules of its syntax; text of any length gives whole blocks. */
export function planEncoding(prompt: ParsedPrompt, tokenizer: PromptTokenizer): EncodingPlan {
  const notes = [...prompt.notes];
  const parts = prompt.parts.map((part) => ({ weight: part.weight, blocks: planPart(part, prompt.syntax, tokenizer, notes) }));
  const isWeighted = parts.some((part) => part.blocks.some((block) => block.weights.some((weight) => weight !== 1)));
  const lengths = new Set(parts.map((part) => part.blocks.length));
  const isCombined =
    prompt.combine === 'concatenate' ? parts.some((part) => part.weight !== 1) : prompt.combine === 'blend' && lengths.size > 1;
  const needsEmpty = isCombined || (isWeighted && (prompt.syntax === 'comfy' || prompt.syntax === 'compel'));
  return { syntax: prompt.syntax, combine: prompt.combine, normalise: prompt.normalise, parts, needsEmpty, notes };
}

function planPart(part: PromptPart, syntax: PromptSyntax, tokenizer: PromptTokenizer, notes: string[]): EncodingBlock[] {
  const room = tokenizer.maxLength - 2;
  let first = 0;
  const groups = part.sections.flatMap((section) => {
    const tokens = tokensOf(section, first, syntax, tokenizer);
    first += section.fragments.length;
    return splitTokens(tokens, syntax, room, tokenizer, notes);
  });
  const blocks = groups.map((tokens) => block(tokens, tokenizer));
  return syntax === 'compel' ? withDownWeights(blocks, groups, tokenizer) : blocks;
}

/** ComfyUI tokenizes word by word, the others fragment by fragment. */
function tokensOf(section: PromptSection, first: number, syntax: PromptSyntax, tokenizer: PromptTokenizer): WeightedToken[][] {
  return section.fragments.flatMap(({ text, weight }, index) => {
    const words = syntax === 'comfy' ? text.split(/[ \n]+/).filter(Boolean) : [text];
    return words.map((word) => tokenizer.encode(word).map((id) => ({ id, weight, fragment: first + index })));
  });
}

function splitTokens(
  groups: WeightedToken[][],
  syntax: PromptSyntax,
  room: number,
  tokenizer: PromptTokenizer,
  notes: string[],
): WeightedToken[][] {
  const tokens = groups.flat();
  if (tokens.length <= room) return [tokens];
  if (syntax === 'plain') {
    notes.push(`The prompt has ${tokens.length} tokens; the last ${tokens.length - room} are left out in this syntax.`);
    return [tokens.slice(0, room)];
  }
  return syntax === 'comfy' ? packWords(groups, room) : cutTokens(tokens, room, syntax, tokenizer);
}

/** ComfyUI: words of fewer than 8 tokens are not torn apart. */
function packWords(words: readonly WeightedToken[][], room: number): WeightedToken[][] {
  const blocks: WeightedToken[][] = [[]];
  for (const word of words) {
    let rest = word;
    while (rest.length > 0) {
      const current = blocks.at(-1) ?? [];
      const free = room - current.length;
      if (rest.length <= free) {
        current.push(...rest);
        rest = [];
      } else {
        const taken = word.length >= longestWord || current.length === 0 ? free : 0;
        current.push(...rest.slice(0, taken));
        rest = rest.slice(taken);
        blocks.push([]);
      }
    }
  }
  return blocks;
}

/** A1111: a full block ends after a comma among its last 20 tokens, if there is one. Compel: at a sentence's end, else a phrase's. */
function cutTokens(tokens: readonly WeightedToken[], room: number, syntax: PromptSyntax, tokenizer: PromptTokenizer): WeightedToken[][] {
  const idOf = (text: string): number => tokenizer.encode(text)[0] ?? -1;
  const levels = syntax === 'compel' ? [['.'], [',', ';', ':']] : [[',']];
  const marks = levels.map((texts) => new Set(texts.map(idOf)));
  const reach = syntax === 'compel' ? room : backtrack;
  const blocks: WeightedToken[][] = [];
  let from = 0;
  while (tokens.length - from > room) {
    const end = cutPoint(tokens, from, room, { marks, reach, vocabularySize: tokenizer.vocabularySize });
    blocks.push(tokens.slice(from, end));
    from = end;
  }
  return [...blocks, tokens.slice(from)];
}

interface CutRules {
  readonly marks: readonly ReadonlySet<number>[];
  readonly reach: number;
  readonly vocabularySize: number;
}

function cutPoint(tokens: readonly WeightedToken[], from: number, room: number, { marks, reach, vocabularySize }: CutRules): number {
  const full = from + room;
  for (const ids of marks) {
    for (let at = full - 1; at >= Math.max(from + 1, full - reach); at--) if (ids.has(tokens[at]?.id ?? -1)) return at + 1;
  }
  const id = (at: number): number => tokens[at]?.id ?? -1;
  let end = full;
  while (end > from + 1 && id(end - 1) >= vocabularySize && id(end) === id(end - 1) + 1) end--;
  return end > from + 1 ? end : full;
}

function block(tokens: readonly WeightedToken[], { beginId, endId, padId, maxLength }: PromptTokenizer): EncodingBlock {
  const ids = new Int32Array(maxLength).fill(padId);
  const weights = new Float32Array(maxLength).fill(1);
  ids.set([beginId, ...tokens.map(({ id }) => id), endId]);
  weights.set(tokens.map(({ weight }) => weight), 1); // prettier-ignore
  return { ids, weights, without: [], baseWeight: 1 };
}

/**
 * For each fragment with a weight below 1 the block is encoded again with the fragment masked out, and mixed in with weight
 * tan((1 - w) * pi / 2); in blocks that the fragment is not in, that encoding is the block's own (compel embeddings_provider.py).
 */
function withDownWeights(
  blocks: readonly EncodingBlock[],
  groups: readonly WeightedToken[][],
  tokenizer: PromptTokenizer,
): EncodingBlock[] {
  const lowered = new Map<number, number>();
  for (const { fragment, weight } of groups.flat()) if (weight < 1) lowered.set(fragment, weight);
  return blocks.map((plain, index) => {
    const without: WithoutFragment[] = [];
    let baseWeight = 1;
    for (const [fragment, weight] of lowered) {
      const mixed = Math.tan(((1 - Math.max(1e-5, weight)) * Math.PI) / 2);
      const attentionMask = new Uint8Array(tokenizer.maxLength).fill(1);
      const tokens = groups[index] ?? [];
      tokens.forEach((token, at) => {
        if (token.fragment === fragment) attentionMask[at + 1] = 0;
      });
      if (attentionMask.includes(0)) without.push({ attentionMask, weight: mixed });
      else baseWeight += mixed;
    }
    return { ...plain, without, baseWeight };
  });
}
