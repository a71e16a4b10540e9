/** Half-open share of the steps in which a layer acts: [begin, end). */
export type StepRange = readonly [begin: number, end: number];

/**
 * One prompt of the joined context. Its tokens may be seen where its mask allows; the joint softmax runs over all prompts' tokens.
 * Tokens that no layer claims are seen everywhere.
 */
export interface RegionalLayer {
  readonly kind: 'regional';
  readonly id: string;
  /** Batch rows whose context holds the prompt. */
  readonly rows: readonly number[];
  /** Token range [start, end) in the joined context. */
  readonly start: number;
  readonly end: number;
  /** Without a mask the prompt is seen everywhere. */
  readonly hasMask: boolean;
  /** Multiplies the attention weight of the tokens: log(strength) is added to their scores. */
  readonly strength: number;
  /** A softmax of its own whose result is blended in by the mask, in place of the joint one. */
  readonly isolate: boolean;
  readonly range: StepRange;
}

/** Keys from `lengths[row]` on are padding and are seen by nobody. */
export interface PaddingLayer {
  readonly kind: 'padding';
  readonly id: string;
  readonly lengths: readonly number[];
  /** Length of the context where it is longer than every row. */
  readonly tokens?: number;
}

export function contextLength({ lengths, tokens }: PaddingLayer): number {
  return tokens ?? Math.max(...lengths);
}

/** A factor for the sites whose name starts with `prefix`; the longest matching prefix counts. */
export interface SiteFactor {
  readonly prefix: string;
  readonly factor: number;
}

/** A reference picture: attention of the same queries over its own keys, added with a scale. */
export interface IpAdapterLayer {
  readonly kind: 'ipAdapter';
  readonly id: string;
  /** Picture tokens, and their width. */
  readonly tokens: number;
  readonly width: number;
  /** 0 builds nothing. */
  readonly scale: number;
  /** Factor of sites that `siteFactors` does not name. */
  readonly otherSites: number;
  readonly siteFactors: readonly SiteFactor[];
  /** Sites that take the tokens of the opposite side of guidance, as precise style transfer does in its composition block. */
  readonly swappedSites: readonly string[];
  readonly hasMask: boolean;
  readonly range: StepRange;
}

/** Segment Anything's decomposed relative positions, on self-attention. */
export interface RelativePositionLayer {
  readonly kind: 'relativePosition';
  readonly id: string;
  /** Rows of the tables rel_pos_h and rel_pos_w; interpolated where they are not 2 * size - 1. */
  readonly tableRows: readonly [height: number, width: number];
}

/** Query i sees keys 0 … i, on self-attention. */
export interface CausalLayer {
  readonly kind: 'causal';
  readonly id: string;
}

/** Perturbed-attention guidance: self-attention of some batch rows becomes the identity (Ahn et al. 2024). */
export interface PerturbedLayer {
  readonly kind: 'perturbed';
  readonly id: string;
  readonly rows: readonly number[];
  /** Prefixes of the sites it acts on. */
  readonly sites: readonly string[];
  readonly range: StepRange;
}

/** Reads out, for each query, the attention mass that each prompt, region and reference won. */
export interface CaptureLayer {
  readonly kind: 'capture';
  readonly id: string;
}

export type AttentionLayer =
  RegionalLayer | PaddingLayer | IpAdapterLayer | RelativePositionLayer | CausalLayer | PerturbedLayer | CaptureLayer;

export type LayerKind = AttentionLayer['kind'];

/** The order of application, whatever the order of the calls that added the layers. */
export const kindOrder: readonly LayerKind[] = ['padding', 'regional', 'relativePosition', 'causal', 'ipAdapter', 'perturbed', 'capture'];

const weightOwners: ReadonlySet<LayerKind> = new Set(['ipAdapter', 'relativePosition']);

/** Whether removing the layer loses trained weights. */
export function ownsWeights(layer: AttentionLayer): boolean {
  return weightOwners.has(layer.kind);
}

/** Where a site's layers may differ. */
export interface AttentionSite {
  /** Module path, such as `down_blocks.0.attentions.0.transformer_blocks.0.attn2`. */
  readonly name: string;
  readonly kind: 'self' | 'cross';
  readonly heads: number;
  /** The picture's tokens, row by row. */
  readonly grid: { readonly height: number; readonly width: number };
}

/** The factor of an IP-Adapter at a site; 0 where it does not act. */
export function siteFactor({ siteFactors, otherSites }: IpAdapterLayer, site: string): number {
  const matches = siteFactors.filter(({ prefix }) => site.startsWith(prefix));
  return matches.toSorted((a, b) => b.prefix.length - a.prefix.length)[0]?.factor ?? otherSites;
}

/** The layers that do something at a site, in order of application. */
export function layersAt(layers: readonly AttentionLayer[], { kind, name }: AttentionSite): AttentionLayer[] {
  return layers.filter((layer) => {
    switch (layer.kind) {
      case 'padding':
      case 'regional':
      case 'capture':
        return kind === 'cross';
      case 'ipAdapter':
        return kind === 'cross' && layer.scale !== 0 && siteFactor(layer, name) !== 0;
      case 'relativePosition':
      case 'causal':
        return kind === 'self';
      case 'perturbed':
        return kind === 'self' && layer.sites.some((prefix) => name.startsWith(prefix));
      default:
        return layer satisfies never;
    }
  });
}
