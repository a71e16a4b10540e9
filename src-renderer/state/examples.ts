import { context, newSurface } from '../canvas/surface.ts';
import { tilesFromPicture } from '../canvas/layer-pixels.ts';
import { addLayers, editSettings, together } from '../document/commands.ts';
import type { Rectangle } from '../document/geometry.ts';
import { newLayer } from '../document/new-records.ts';
import type { RegionLayer } from '../document/records.ts';
import type { Studio } from './studio.svelte.ts';

export interface Example {
  readonly title: string;
  readonly about: string;
  readonly prompt: string;
  /** Regions with their place as shares of the frame. */
  readonly regions: readonly { readonly name: string; readonly prompt: string; readonly place: Rectangle }[];
  /** A little picture of 32 x 32 units for its card. */
  readonly sketch: readonly { readonly path: string; readonly colour: string }[];
}

export const examples: readonly Example[] = [
  {
    title: 'A red house',
    about: 'One prompt, nothing else.',
    prompt: 'a red house under a blue sky',
    regions: [],
    sketch: [
      { path: 'M0 0h32v32H0z', colour: '#7cc0f2' },
      { path: 'M0 24h32v8H0z', colour: '#6fae5a' },
      { path: 'M9 15h14v10H9z', colour: '#d9493d' },
      { path: 'M7 16 16 8l9 8z', colour: '#8e2f2a' },
      { path: 'M14 19h4v6h-4z', colour: '#f3d9a4' },
    ],
  },
  {
    title: 'A boat at sunset',
    about: 'A mood and a thing.',
    prompt: 'a white boat on the sea at sunset',
    regions: [],
    sketch: [
      { path: 'M0 0h32v32H0z', colour: '#f2a65a' },
      { path: 'M0 0h32v10H0z', colour: '#b4576b' },
      { path: 'M20 17a5 5 0 0 1 10 0z', colour: '#ffe2a8' },
      { path: 'M0 20h32v12H0z', colour: '#2c4a78' },
      { path: 'M7 22h16l-3 4H10z', colour: '#5a3a2a' },
      { path: 'M14 8v13h8zM13 11v10H8z', colour: '#f7f2ea' },
    ],
  },
  {
    title: 'Two regions',
    about: 'A tree on the left, a house on the right, each with its own prompt.',
    prompt: 'a green field on a sunny day',
    regions: [
      { name: 'Tree', prompt: 'a green tree', place: { x: 0.04, y: 0.16, width: 0.42, height: 0.72 } },
      { name: 'House', prompt: 'a yellow house', place: { x: 0.54, y: 0.3, width: 0.42, height: 0.58 } },
    ],
    sketch: [
      { path: 'M0 0h32v32H0z', colour: '#9fd0ee' },
      { path: 'M0 23h32v9H0z', colour: '#7dba62' },
      { path: 'M8 17h3v9H8z', colour: '#7a5236' },
      { path: 'M9.5 5a7 7 0 1 1 0 14 7 7 0 0 1 0-14z', colour: '#3f8f4a' },
      { path: 'M19 17h10v9H19z', colour: '#f2cf4f' },
      { path: 'M17.5 18 24 11.500l6.500 6.500z', colour: '#b5652f' },
      { path: 'M2 3h14v25H2z', colour: '#ff7aa855' },
      { path: 'M17 10h14v18H17z', colour: '#5ad1c855' },
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
