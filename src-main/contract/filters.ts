import { z } from 'zod';

/** A number that a filter takes. */
export interface FilterParameter {
  readonly name: string;
  readonly title: string;
  readonly hint: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly default: number;
}

/** What is shown of a filter: it turns a picture into what a control model expects. */
export interface FilterDescription {
  readonly title: string;
  readonly hint: string;
  readonly parameters: readonly FilterParameter[];
}

const number = (
  name: string,
  title: string,
  hint: string,
  [min, max, step, byDefault]: readonly [number, number, number, number],
): FilterParameter => ({ name, title, hint, min, max, step, default: byDefault });

const sigma = (byDefault: number) =>
  number('sigma', 'Smoothing', 'Standard deviation of the blur before, in pixels.', [0, 8, 0.1, byDefault]);

const table = {
  canny: {
    title: 'Canny edges',
    hint: 'Thin white lines where colours change.',
    parameters: [
      sigma(1),
      number('low', 'Low threshold', 'A weaker edge counts only where it continues a stronger one.', [0, 1000, 1, 100]),
      number('high', 'High threshold', 'An edge of this gradient counts by itself.', [0, 1000, 1, 200]),
    ],
  },
  'line-art': {
    title: 'Line art',
    hint: 'White lines on black where the picture is darker than around (difference of Gaussians).',
    parameters: [
      number('sigma', 'Line width', 'Standard deviation of the inner blur, in pixels.', [0.3, 5, 0.1, 1]),
      number('balance', 'Balance', 'Share of the surroundings taken away: lower finds fewer lines.', [0.8, 1, 0.005, 0.98]),
      number('contrast', 'Contrast', 'How quickly a line turns white.', [1, 200, 1, 40]),
    ],
  },
  scribble: {
    title: 'Scribble',
    hint: 'Thick lines along the strongest edges, as if drawn by hand.',
    parameters: [
      sigma(3),
      number('threshold', 'Threshold', 'Gradient from which an edge is drawn.', [0, 500, 1, 40]),
      number('width', 'Line width', 'In pixels.', [1, 32, 1, 6]),
    ],
  },
  'soft-edge': {
    title: 'Soft edges',
    hint: 'Wide, soft lines: gradients at several scales.',
    parameters: [
      number('sigma', 'Smallest scale', 'Standard deviation of the finest blur, in pixels; two more double it.', [0.3, 8, 0.1, 1]),
      number('strength', 'Strength', 'Brightness of the lines.', [0.1, 4, 0.1, 1]),
    ],
  },
  normal: {
    title: 'Normals from brightness',
    hint: 'Reads brightness as height: red to the right, green upwards, blue to the viewer.',
    parameters: [sigma(2), number('strength', 'Depth', 'Height of white over black, in pixels.', [1, 200, 1, 40])],
  },
  blur: {
    title: 'Blur',
    hint: 'Gaussian blur.',
    parameters: [number('sigma', 'Radius', 'Standard deviation in pixels.', [0, 128, 0.5, 8])],
  },
  tile: {
    title: 'Tile',
    hint: 'The picture without its detail: made smaller and large again.',
    parameters: [number('factor', 'Factor', 'How many times smaller.', [1, 32, 1, 4])],
  },
  'colour-map': {
    title: 'Colour map',
    hint: 'One flat colour for each square.',
    parameters: [number('size', 'Square', 'Side of a square in pixels.', [2, 512, 1, 64])],
  },
  invert: { title: 'Invert', hint: 'White becomes black: for drawings on paper.', parameters: [] },
  threshold: {
    title: 'Threshold',
    hint: 'Black below a brightness, white from it on.',
    parameters: [number('level', 'Level', 'Brightness from 0 to 255.', [0, 256, 1, 128])],
  },
  'depth-gradient': {
    title: 'Depth gradient',
    hint: 'An even slope from far (black) to near (white), whatever the picture.',
    parameters: [
      number('angle', 'Direction', 'Where near lies, in degrees: 0 right, 90 below.', [0, 359, 1, 90]),
      number('far', 'Far', 'Brightness at the far end.', [0, 255, 1, 0]),
      number('near', 'Near', 'Brightness at the near end.', [0, 255, 1, 255]),
    ],
  },
} as const satisfies Record<string, FilterDescription>;

export type FilterName = keyof typeof table;
export type FilterValues = Readonly<Record<string, number>>;

/** All filters in the order in which they are offered. */
export const filters: Readonly<Record<FilterName, FilterDescription>> = table;
export const filterNames = Object.keys(table) as [FilterName, ...FilterName[]];

/**
 * What a network of the user's makes of a picture: `depth` one map of nearness; `lines` one map of lines; `edges` several of them, finest
 * first (HED); `colours` another picture, such as normals; `pose` the key points of one person (SimCC, as DWPose); `people` boxes (YOLOX).
 */
export const networkKinds = ['depth', 'lines', 'edges', 'colours', 'pose', 'people'] as const;
export type NetworkKind = (typeof networkKinds)[number];

/** The networks as filters; they take no parameters. */
export const networks: Readonly<Record<NetworkKind, FilterDescription>> = {
  depth: { title: 'Depth', hint: 'What is near becomes white, what is far black.', parameters: [] },
  lines: { title: 'Line art', hint: 'White lines on black.', parameters: [] },
  edges: { title: 'Soft edges', hint: 'Wide, soft lines along edges of several scales.', parameters: [] },
  colours: { title: 'Normals or colours', hint: 'Another picture, such as the direction that each surface faces.', parameters: [] },
  pose: { title: 'Poses', hint: 'The people of the picture as stick figures.', parameters: [] },
  people: { title: 'People', hint: 'Finds the people for a pose network in the same folder; it draws nothing by itself.', parameters: [] },
};

export const filterNameSchema = z.enum(filterNames);
/** A filter by its name, or a network of the user's by the path of its ONNX file. */
export const filterSourceSchema = z.union([
  filterNameSchema,
  z.custom<NetworkPath>((value) => typeof value === 'string' && isNetworkPath(value)),
]);
export type NetworkPath = `${string}.onnx`;
export type FilterSource = FilterName | NetworkPath;

export function isNetworkPath(source: string): source is NetworkPath {
  return /\.onnx$/i.test(source);
}

export const filterValuesSchema = z.record(z.string(), z.number());
