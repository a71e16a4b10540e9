/**
 * The connected area of pixels that look like the one at (x, y): a mask of 255 and 0, row by row. `pixels` is RGBA; `tolerance` is
 * the largest difference of any channel, 0 to 255. Scan lines with an explicit stack (Smith 1979, "Tint fill").
 */
export function floodMask(
  pixels: Uint8ClampedArray,
  size: { readonly width: number; readonly height: number },
  start: { readonly x: number; readonly y: number },
  tolerance: number,
): Uint8ClampedArray<ArrayBuffer> {
  const { width, height } = size;
  const mask = new Uint8ClampedArray(width * height);
  if (start.x < 0 || start.y < 0 || start.x >= width || start.y >= height) return mask;
  const seed = 4 * (start.y * width + start.x);
  const wanted = [pixels[seed] ?? 0, pixels[seed + 1] ?? 0, pixels[seed + 2] ?? 0, pixels[seed + 3] ?? 0];
  const fits = (index: number): boolean => {
    if (mask[index] !== 0) return false;
    for (let channel = 0; channel < 4; channel++) {
      if (Math.abs((pixels[4 * index + channel] ?? 0) - (wanted[channel] ?? 0)) > tolerance) return false;
    }
    return true;
  };
  const stack: number[] = [start.y * width + start.x];
  for (let index = stack.pop(); index !== undefined; index = stack.pop()) {
    if (!fits(index)) continue;
    const row = index - (index % width);
    let left = index;
    while (left > row && fits(left - 1)) left--;
    let right = index;
    while (right < row + width - 1 && fits(right + 1)) right++;
    mask.fill(255, left, right + 1);
    for (const next of [left - width, left + width]) {
      if (next < 0 || next >= width * height) continue;
      let wasFitting = false;
      for (let at = next; at <= next + right - left; at++) {
        const isFitting = fits(at);
        if (isFitting && !wasFitting) stack.push(at);
        wasFitting = isFitting;
      }
    }
  }
  return mask;
}
