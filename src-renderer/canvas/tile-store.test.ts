import { describe, expect, it, vi } from 'vitest';
import type { TileId } from '../document/tiles.ts';
import { TileStore } from './tile-store.ts';

const asset = (text: string) => text as TileId;

describe('the tile store', () => {
  it('fetches a tile of an opened document once, however often it is asked for', async () => {
    const load = vi.fn((id: string) => Promise.resolve(`pixels of ${id}`));
    const loaded = vi.fn();
    const store = new TileStore(load, loaded);
    expect(store.get(asset('a1'))).toBeUndefined();
    expect(store.get(asset('a1'))).toBeUndefined();
    expect(await store.fetch(asset('a1'))).toBe('pixels of a1');
    expect(store.get(asset('a1'))).toBe('pixels of a1');
    expect(load).toHaveBeenCalledTimes(1);
    expect(loaded).toHaveBeenCalledWith('a1');
  });

  it('rejects for everyone who waits when the studio does not have the tile, and asks again later', async () => {
    const load = vi.fn().mockRejectedValueOnce(new Error('gone')).mockResolvedValueOnce('pixels');
    const store = new TileStore<string>(load, () => undefined);
    const both = Promise.allSettled([store.fetch(asset('a')), store.fetch(asset('a'))]);
    expect((await both).map((result) => result.status)).toEqual(['rejected', 'rejected']);
    expect(await store.fetch(asset('a'))).toBe('pixels');
  });

  it('lets go of saved tiles that only the history needs, and gets them back by their asset', async () => {
    const load = vi.fn((id: string) => Promise.resolve(`from ${id}`));
    const store = new TileStore<string>(load, () => undefined);
    const [live, old, unsaved] = [store.add('live'), store.add('old'), store.add('unsaved')];
    store.setAsset(live, 'asset-live');
    store.setAsset(old, 'asset-old');
    expect(store.trim(new Set([live]), 0)).toBe(1);
    expect([store.get(live), store.get(unsaved)]).toEqual(['live', 'unsaved']);
    expect(await store.fetch(old)).toBe('from asset-old');
  });
});
