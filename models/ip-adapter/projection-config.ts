/** How an IP-Adapter turns a picture's features into tokens for the UNet. Widths are told by the file's shapes. */
export type ProjectionConfig = BaseProjection | PlusProjection | FullProjection;

/** One linear layer on the picture's embedding, read as a few tokens. */
export interface BaseProjection {
  readonly kind: 'base';
  readonly tokens: number;
  /** Width of the picture's embedding. */
  readonly inWidth: number;
  /** Width of the tokens. */
  readonly outWidth: number;
}

/** A resampler: a few learnt queries look at all patches of the picture (Plus). */
export interface PlusProjection {
  readonly kind: 'plus';
  readonly tokens: number;
  /** Width of the patches' features. */
  readonly inWidth: number;
  readonly outWidth: number;
  readonly width: number;
  readonly depth: number;
  readonly heads: number;
  readonly headWidth: number;
  readonly innerWidth: number;
}

/** Two linear layers on each patch (full face): as many tokens as the picture has. */
export interface FullProjection {
  readonly kind: 'full';
  readonly inWidth: number;
  readonly innerWidth: number;
  readonly outWidth: number;
}

/** The encoder's output that a projection reads. */
export function projectionInput({ kind }: ProjectionConfig): 'embeds' | 'penultimate' {
  return kind === 'base' ? 'embeds' : 'penultimate';
}

/** Tokens that a picture becomes, when its encoder gives `visionTokens` of them. */
export function projectedTokens(config: ProjectionConfig, visionTokens: number): number {
  return config.kind === 'full' ? visionTokens : config.tokens;
}
