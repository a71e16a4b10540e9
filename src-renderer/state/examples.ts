import { context, newSurface } from '../canvas/surface.ts';
import { tilesFromPicture } from '../canvas/layer-pixels.ts';
import { addLayers, editSettings, together } from '../document/commands.ts';
import type { Rectangle } from '../document/geometry.ts';
import { newLayer } from '../document/new-records.ts';
import type { RegionLayer } from '../document/records.ts';
import type { Studio } from './studio.svelte.ts';

interface Shape {
  /** In a square of 64 units. */
  readonly path: string;
  readonly colour: string;
  /** Drawn as a dashed line, as regions are on the canvas. */
  readonly isOutline?: boolean;
}

export interface Example {
  readonly title: string;
  readonly about: string;
  readonly prompt: string;
  /** Regions with their place as shares of the frame. */
  readonly regions: readonly { readonly name: string; readonly prompt: string; readonly place: Rectangle }[];
  /** A little picture for its card, from back to front. */
  readonly sketch: readonly Shape[];
}

const circle = (x: number, y: number, radius: number): string =>
  `M${x - radius} ${y}a${radius} ${radius} 0 1 0 ${2 * radius} 0a${radius} ${radius} 0 1 0 ${-2 * radius} 0z`;
const cloud = (x: number, y: number): string => `${circle(x, y, 3)}${circle(x + 4, y - 2, 4)}${circle(x + 9, y, 3)}M${x} ${y}v3h9v-3z`;

export const examples: readonly Example[] = [
  {
    title: 'A red house',
    about: '“a red house under a blue sky”',
    prompt: 'a red house under a blue sky',
    regions: [],
    sketch: [
      { path: 'M0 0h64v64H0z', colour: '#8ecaf0' },
      { path: circle(52, 12, 6), colour: '#ffe08a' },
      { path: `${cloud(8, 15)}${cloud(29, 9)}`, colour: '#eef7fd' },
      { path: 'M0 46q16-12 34-4t30-3v25H0z', colour: '#9acb74' },
      { path: 'M0 52q22-8 64-1v13H0z', colour: '#6fae5a' },
      { path: 'M6 38h3v13H6z', colour: '#7a5236' },
      { path: circle(7.5, 34, 6), colour: '#3f8f4a' },
      { path: 'M40 20h4v9h-4z', colour: '#8e2f2a' },
      { path: 'M22 32h24v22H22z', colour: '#d9493d' },
      { path: 'M18 33 34 19l16 14z', colour: '#8e2f2a' },
      { path: 'M31 43h6v11h-6z', colour: '#f3d9a4' },
      { path: 'M25 37h5v5h-5zM38 37h5v5h-5z', colour: '#cfe8f8' },
    ],
  },
  {
    title: 'A boat at sunset',
    about: '“a white boat on the sea at sunset”',
    prompt: 'a white boat on the sea at sunset',
    regions: [],
    sketch: [
      { path: 'M0 0h64v64H0z', colour: '#6d4476' },
      { path: 'M0 12h64v52H0z', colour: '#b4576b' },
      { path: 'M0 22h64v42H0z', colour: '#e2805c' },
      { path: 'M0 31h64v33H0z', colour: '#f2a65a' },
      { path: 'M39 40a9 9 0 0 1 18 0z', colour: '#ffe2a8' },
      { path: 'M0 40h64v24H0z', colour: '#2c4a78' },
      { path: 'M42 42h12v1H42zM44 46h8v1h-8zM46 50h4v1h-4z', colour: '#f2c48a' },
      { path: 'M2 53h14v1H2zM46 57h14v1H46zM20 60h12v1H20z', colour: '#4a6ea3' },
      { path: 'M11 45h30l-5 8H16z', colour: '#5a3a2a' },
      { path: 'M11 45h30l-1 2H12z', colour: '#f7f2ea' },
      { path: 'M26 13v29h14zM24 18v24H13z', colour: '#f7f2ea' },
      { path: 'M24.500 11h1.500v34h-1.500z', colour: '#5a3a2a' },
    ],
  },
  {
    title: 'Two regions',
    about: 'A tree on the left and a house on the right, each with a prompt of its own.',
    prompt: 'a picture on a sunny day',
    regions: [
      { name: 'Tree', prompt: 'a green tree', place: { x: 0.04, y: 0.16, width: 0.42, height: 0.72 } },
      { name: 'House', prompt: 'a red house', place: { x: 0.54, y: 0.3, width: 0.42, height: 0.58 } },
    ],
    sketch: [
      { path: 'M0 0h64v64H0z', colour: '#9fd4ee' },
      { path: cloud(38, 11), colour: '#eef7fd' },
      { path: 'M0 46h64v18H0z', colour: '#7dba62' },
      { path: 'M14 32h5v21h-5z', colour: '#7a5236' },
      { path: `${circle(16.5, 24, 11)}${circle(10, 30, 7)}${circle(23, 30, 7)}`, colour: '#3f8f4a' },
      { path: circle(13, 21, 4), colour: '#5aa861' },
      { path: 'M39 35h18v17H39z', colour: '#d9493d' },
      { path: 'M36 36 48 25l12 11z', colour: '#8e2f2a' },
      { path: 'M46 43h5v9h-5z', colour: '#f3d9a4' },
      { path: 'M2.500 9.500h28v46h-28z', colour: '#d23f7e', isOutline: true },
      { path: 'M34.500 20.500h27v35h-27z', colour: '#0f8a80', isOutline: true },
    ],
  },
];

/** Fills in the example's prompt and paints its regions, as one step of the history. */
export function useExample(studio: Studio, example: Example): void {
  const { document, canvas } = studio;
  const { frame } = document.canvas;
  const layers = example.regions.map(({ name, prompt, place }, index): RegionLayer => {
    const box = {
      x: Math.round(place.x * frame.width),
      y: Math.round(place.y * frame.height),
      width: Math.round(place.width * frame.width),
      height: Math.round(place.height * frame.height),
    };
    const white = newSurface(box.width, box.height);
    context(white).fillStyle = '#fff';
    context(white).fillRect(0, 0, box.width, box.height);
    const tiles = tilesFromPicture(white, box, canvas.tiles);
    return { ...newLayer('region', document.newId(), index), name, prompt, offset: { x: frame.x, y: frame.y }, tiles };
  });
  document.apply(
    together(
      `Example: ${example.title}`,
      editSettings(document.records, { prompt: example.prompt }, ''),
      addLayers(document.records, layers, null),
    ),
  );
  if (layers[0]) document.setActive(layers[0].id);
}
