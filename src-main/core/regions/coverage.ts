import { isInside, type RegionMask } from './mask.ts';

/** Share of pixels inside the mask, 0 to 1. */
export function coverage({ data }: RegionMask): number {
  let count = 0;
  for (const value of data) if (isInside(value)) count++;
  return data.length === 0 ? 0 : count / data.length;
}

/** A mask of the pixels that none of the masks covers. Throws RangeError when their sizes differ. */
export function uncovered(masks: readonly RegionMask[]): RegionMask {
  const [first] = masks;
  if (!first) throw new RangeError('expected at least one mask');
  const data = new Float32Array(first.data.length).fill(1);
  for (const mask of masks) {
    if (mask.height !== first.height || mask.width !== first.width) {
      throw new RangeError(`masks of one size: expected ${first.height} x ${first.width}, got ${mask.height} x ${mask.width}`);
    }
    mask.data.forEach((value, index) => {
      if (isInside(value)) data[index] = 0;
    });
  }
  return { ...first, data };
}

/** Below this share a region rarely shows: 2 % is also where other tools drop it without a word. */
export const smallRegion = 0.02;

export interface CoverageRemark {
  readonly kind: 'empty' | 'small' | 'uncovered';
  /** The region, where the remark is about one. */
  readonly region?: string;
  /** Share of the picture, 0 to 1. */
  readonly share: number;
  /** A sentence for the user. */
  readonly message: string;
}

/**
 * What the user should know about the regions' masks: a region that covers nothing or under 2 %, and pixels where no prompt at all
 * is seen, so that every prompt is.
 * @param hasGlobalPrompt whether a prompt without a mask is seen everywhere
 */
export function coverageRemarks(
  regions: readonly { readonly name: string; readonly mask: RegionMask }[],
  hasGlobalPrompt: boolean,
): CoverageRemark[] {
  const remarks: CoverageRemark[] = [];
  for (const { name, mask } of regions) {
    const share = coverage(mask);
    if (share === 0) {
      remarks.push({ kind: 'empty', region: name, share, message: `The region "${name}" covers nothing, so it has no effect.` });
    } else if (share < smallRegion) {
      const message = `The region "${name}" covers ${percent(share)} of the picture; regions under 2 % often do not show.`;
      remarks.push({ kind: 'small', region: name, share, message });
    }
  }
  if (!hasGlobalPrompt && regions.length > 0) {
    const share = coverage(uncovered(regions.map(({ mask }) => mask)));
    if (share > 0) {
      const message = `No prompt covers ${percent(share)} of the picture; there, the prompts of all regions count.`;
      remarks.push({ kind: 'uncovered', share, message });
    }
  }
  return remarks;
}

function percent(share: number): string {
  const value = share * 100;
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} %`;
}
