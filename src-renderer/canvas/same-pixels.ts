/**
 * Whether two pictures (RGBA) show the same. A clipboard encodes pictures anew, and what is nearly transparent may lose some of its
 * colour on the way: colours count as much as they are seen. `tolerance` is the largest difference of a channel, 0 to 255.
 */
export function samePixels(a: Uint8ClampedArray, b: Uint8ClampedArray, tolerance = 3): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 4) {
    const [alphaA, alphaB] = [a[index + 3] ?? 0, b[index + 3] ?? 0];
    if (Math.abs(alphaA - alphaB) > tolerance) return false;
    for (let channel = index; channel < index + 3; channel++) {
      if (Math.abs((a[channel] ?? 0) * alphaA - (b[channel] ?? 0) * alphaB) > tolerance * 255) return false;
    }
  }
  return true;
}
