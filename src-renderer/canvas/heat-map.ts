import type { CaptureInfo } from '../../src-main/contract/reports.ts';
import { context, newSurface, type Surface } from './surface.ts';

/**
 * Where one source won at one step, as a picture of the capture's size. `values` are bytes [step][source][y][x], 255 = all of the
 * attention. Colour: black-violet-orange-white with alpha rising from 0, so that the picture stays readable beneath.
 */
export function heatMap(info: CaptureInfo, values: Uint8Array, stepIndex: number, source: number): Surface {
  const { width, height } = info;
  const plane = capturePlane(info, values, stepIndex, source);
  const image = new ImageData(width, height);
  for (let index = 0; index < plane.length; index++) image.data.set(heatColour((plane[index] ?? 0) / 255), 4 * index);
  const surface = newSurface(width, height);
  context(surface).putImageData(image, 0, 0);
  return surface;
}

/** The bytes of one source at one step, row by row; `stepIndex` -1 is the mean over all steps. */
export function capturePlane(info: CaptureInfo, values: Uint8Array, stepIndex: number, source: number): Uint8Array {
  const size = info.width * info.height;
  const at = (step: number) => (step * info.sources.length + source) * size;
  if (stepIndex >= 0) return values.subarray(at(stepIndex), at(stepIndex) + size);
  const mean = new Uint8Array(size);
  for (let index = 0; index < size; index++) {
    let sum = 0;
    for (let step = 0; step < info.steps.length; step++) sum += values[at(step) + index] ?? 0;
    mean[index] = Math.round(sum / Math.max(1, info.steps.length));
  }
  return mean;
}

/** What each source won at one place: 0 to 1, in the order of `info.sources`. `x` and `y` are shares of the frame. */
export function readAttention(info: CaptureInfo, values: Uint8Array, stepIndex: number, x: number, y: number): number[] {
  const column = Math.min(info.width - 1, Math.max(0, Math.floor(x * info.width)));
  const row = Math.min(info.height - 1, Math.max(0, Math.floor(y * info.height)));
  return info.sources.map((_, source) => (capturePlane(info, values, stepIndex, source)[row * info.width + column] ?? 0) / 255);
}

const stops: readonly (readonly [number, number, number, number])[] = [
  [20, 8, 40, 0],
  [92, 22, 126, 120],
  [205, 62, 78, 180],
  [249, 160, 50, 205],
  [252, 250, 180, 225],
];

function heatColour(share: number): [number, number, number, number] {
  const at = Math.min(0.9999, Math.max(0, share)) * (stops.length - 1);
  const low = stops[Math.floor(at)] ?? stops[0];
  const high = stops[Math.floor(at) + 1] ?? low;
  const part = at - Math.floor(at);
  const mix = (channel: 0 | 1 | 2 | 3) => Math.round((low?.[channel] ?? 0) * (1 - part) + (high?.[channel] ?? 0) * part);
  return [mix(0), mix(1), mix(2), mix(3)];
}
