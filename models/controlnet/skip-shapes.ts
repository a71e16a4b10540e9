import type { UnetConfig } from '../unet/config.ts';

/** Shapes [C, h, w] of what a ControlNet gives to a UNet: one for each skip from the finest, and the middle's. */
export function residualShapes(config: UnetConfig, latentHeight: number, latentWidth: number): [number, number, number][] {
  let height = latentHeight;
  let width = latentWidth;
  const shapes: [number, number, number][] = [[config.blockOutChannels[0]!, height, width]];
  config.blockOutChannels.forEach((channels, level) => {
    for (let layer = 0; layer < config.layersPerBlock[level]!; layer++) shapes.push([channels, height, width]);
    if (level === config.blockOutChannels.length - 1) return;
    height = Math.ceil(height / 2);
    width = Math.ceil(width / 2);
    shapes.push([channels, height, width]);
  });
  shapes.push([config.blockOutChannels.at(-1)!, height, width]);
  return shapes;
}
