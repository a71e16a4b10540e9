import type { Studio } from '../studio.ts';
import type { HandlersOf } from './handler-types.ts';

export function galleryHandlers(studio: Studio): HandlersOf<'gallery'> & HandlersOf<'boards'> {
  const { gallery, pictures, thumbnails } = studio.library;
  const changed = () => {
    studio.emit({ kind: 'gallery' });
    return {};
  };
  return {
    'gallery.search': (search) => gallery.search(search),
    'gallery.get': ({ picture }) => gallery.get(picture),
    'gallery.star': ({ pictures: ids, isStarred }) => {
      gallery.star(ids, isStarred);
      return changed();
    },
    'gallery.trash': ({ pictures: ids }) => {
      gallery.trash(ids, true);
      return changed();
    },
    'gallery.restore': ({ pictures: ids }) => {
      gallery.trash(ids, false);
      return changed();
    },
    'gallery.emptyTrash': async () => {
      const { removed, assets } = gallery.emptyTrash();
      for (const asset of assets) {
        await pictures.remove(asset);
        await thumbnails.remove(asset);
      }
      changed();
      return { removed };
    },
    'gallery.setBoard': ({ pictures: ids, board }) => {
      gallery.setBoard(ids, board);
      return changed();
    },
    'boards.list': () => ({ boards: gallery.boards() }),
    'boards.create': ({ name }) => {
      const board = gallery.createBoard(name);
      changed();
      return board;
    },
    'boards.rename': ({ board, name }) => {
      gallery.renameBoard(board, name);
      return changed();
    },
    'boards.remove': ({ board }) => {
      gallery.removeBoard(board);
      return changed();
    },
  };
}
