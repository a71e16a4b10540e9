import { expect, it } from 'vitest';
import { rankCommands } from './rank.ts';

const commands = ['Add region', 'Duplicate layer', 'Add raster layer', 'Delete layer', 'Undo'].map((title) => ({
  title,
  group: 'Layers' as const,
}));
const titles = (search: string) => rankCommands(commands, search).map((command) => command.title);

it('lists all actions in their order without a search', () => {
  expect(titles('  ')).toEqual(commands.map((command) => command.title));
});

it('finds by any words of the title, beginnings first', () => {
  expect(titles('layer add')).toEqual(['Add raster layer', 'Add region']);
  expect(titles('de')).toEqual(['Delete layer']);
  expect(titles('nothing like it')).toEqual([]);
});
