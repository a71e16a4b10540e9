import { AppError } from '../../contract/errors.ts';
import { filters, type FilterName, type FilterValues } from '../../contract/filters.ts';
import type { RgbPicture } from '../rgb-picture.ts';
import { blur } from './blur.ts';
import { canny } from './canny.ts';
import { colourMap } from './colour-map.ts';
import { depthGradient } from './depth-gradient.ts';
import { invert } from './invert.ts';
import { lineArt } from './line-art.ts';
import { normal } from './normal.ts';
import { scribble } from './scribble.ts';
import { softEdge } from './soft-edge.ts';
import { threshold } from './threshold.ts';
import { tile } from './tile.ts';

/** A filter with its parameters by name, all of them. */
export type Filter = (picture: RgbPicture, values: FilterValues) => RgbPicture;

const functions: Readonly<Record<FilterName, Filter>> = {
  canny: (picture, { sigma, low, high }) => canny(picture, { sigma: sigma!, low: low!, high: high! }),
  'line-art': (picture, { sigma, balance, contrast }) => lineArt(picture, { sigma: sigma!, balance: balance!, contrast: contrast! }),
  scribble: (picture, values) => scribble(picture, { sigma: values['sigma']!, threshold: values['threshold']!, width: values['width']! }),
  'soft-edge': (picture, { sigma, strength }) => softEdge(picture, { sigma: sigma!, strength: strength! }),
  normal: (picture, { sigma, strength }) => normal(picture, { sigma: sigma!, strength: strength! }),
  blur: (picture, { sigma }) => blur(picture, { sigma: sigma! }),
  tile: (picture, { factor }) => tile(picture, { factor: factor! }),
  'colour-map': (picture, { size }) => colourMap(picture, { size: size! }),
  invert,
  threshold: (picture, { level }) => threshold(picture, { level: level! }),
  'depth-gradient': (picture, { angle, far, near }) => depthGradient(picture, { angle: angle!, far: far!, near: near! }),
};

/** A picture of the same size. Values that are left out are the defaults. @throws AppError `filterParameter` */
export function applyFilter(name: FilterName, picture: RgbPicture, values: FilterValues = {}): RgbPicture {
  return functions[name](picture, completeValues(name, values));
}

/** @throws AppError `filterParameter` for a name that the filter does not have, or a value outside its limits */
function completeValues(name: FilterName, values: FilterValues): FilterValues {
  const { title, parameters } = filters[name];
  const complete = Object.fromEntries(parameters.map((parameter) => [parameter.name, parameter.default]));
  for (const [key, value] of Object.entries(values)) {
    const parameter = parameters.find((known) => known.name === key);
    const names = parameters.map((known) => known.name);
    if (!parameter) {
      const known = names.length === 0 ? 'no parameters' : names.join(', ');
      throw new AppError('filterParameter', `The filter ${title} takes ${known}; found ${key}.`, { filter: name, parameter: key });
    }
    if (!(value >= parameter.min && value <= parameter.max)) {
      const message = `${parameter.title} of the filter ${title} must be from ${parameter.min} to ${parameter.max}; found ${value}.`;
      throw new AppError('filterParameter', message, {
        filter: name,
        parameter: key,
        min: parameter.min,
        max: parameter.max,
        found: value,
      });
    }
    complete[key] = value;
  }
  return complete;
}
