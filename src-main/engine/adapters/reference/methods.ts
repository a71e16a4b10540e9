import type { IpAdapterLayer, SiteFactor } from '../../../../kernels/attention/stack/layers.ts';
import type { ModelFamily } from '../../../../models/checkpoint/types.ts';
import type { RecipeReference } from '../../../contract/recipe.ts';

type Method = RecipeReference['method'];
type MethodSites = Pick<IpAdapterLayer, 'otherSites' | 'siteFactors' | 'swappedSites'>;

/** Blocks that carry a picture's style, and those that carry its composition (InstantStyle; InvokeAI's targets). */
const blocks: Readonly<Record<'sd' | 'xl', { readonly style: readonly string[]; readonly composition: readonly string[] }>> = {
  sd: { style: ['up_blocks.1.'], composition: ['down_blocks.2.', 'mid_block.'] },
  xl: { style: ['up_blocks.0.attentions.1.'], composition: ['down_blocks.2.attentions.1.'] },
};

/**
 * Where a reference acts by its method: everywhere; in the blocks of style or of composition; or precisely, in both, with the picture on
 * the negative side in those of composition, so that its composition is kept out.
 */
export function methodSites(method: Method, family: ModelFamily): MethodSites {
  const { style, composition } = blocks[family.startsWith('sdxl') ? 'xl' : 'sd'];
  switch (method) {
    case 'full':
      return { otherSites: 1, siteFactors: [], swappedSites: [] };
    case 'style':
      return { otherSites: 0, siteFactors: whole(style), swappedSites: [] };
    case 'composition':
      return { otherSites: 0, siteFactors: whole(composition), swappedSites: [] };
    case 'precise':
      return { otherSites: 0, siteFactors: whole([...style, ...composition]), swappedSites: composition };
    default:
      return method satisfies never;
  }
}

function whole(prefixes: readonly string[]): SiteFactor[] {
  return prefixes.map((prefix) => ({ prefix, factor: 1 }));
}
