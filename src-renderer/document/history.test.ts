import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addLayers,
  canvasOf,
  duplicateLayer,
  editLayer,
  editSettings,
  layersOf,
  mergeDown,
  mergeTarget,
  paintTiles,
  removeLayer,
  reorderLayer,
  setFrame,
  setSelection,
  settingsOf,
} from './commands.ts';
import type { Delta, RecordMap } from './delta.ts';
import { DocumentStore, type JournalEntry } from './history.ts';
import { newDocument, newLayer } from './new-records.ts';
import type { Layer, LayerId, LayerKind } from './records.ts';
import type { TileId, TileKey } from './tiles.ts';

const kinds: readonly LayerKind[] = ['raster', 'control', 'region', 'reference', 'mask'];

/** One thing that a person may do; numbers choose among what is there. */
const action = fc.oneof(
  fc.record({ type: fc.constant('add' as const), kind: fc.constantFrom(...kinds), at: fc.nat(5) }),
  fc.record({ type: fc.constant('remove' as const), at: fc.nat(5) }),
  fc.record({ type: fc.constant('duplicate' as const), at: fc.nat(5) }),
  fc.record({ type: fc.constant('reorder' as const), at: fc.nat(5), to: fc.integer({ min: -2, max: 7 }) }),
  fc.record({ type: fc.constant('opacity' as const), at: fc.nat(5), value: fc.nat(10) }),
  fc.record({ type: fc.constant('focus' as const), at: fc.nat(5), value: fc.constantFrom(true, false, undefined) }),
  fc.record({ type: fc.constant('prompt' as const), value: fc.string({ maxLength: 4 }) }),
  fc.record({ type: fc.constant('frame' as const), x: fc.nat(3) }),
  fc.record({ type: fc.constant('select' as const), x: fc.nat(3) }),
  fc.record({ type: fc.constant('paint' as const), at: fc.nat(5), tile: fc.nat(3), id: fc.nat(4) }),
  fc.record({ type: fc.constant('merge' as const), at: fc.nat(5) }),
  fc.constantFrom({ type: 'undo' as const }, { type: 'redo' as const }, { type: 'pause' as const }),
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

function deltaFor(act: Action, records: RecordMap, newId: () => LayerId): Delta | null {
  const layers = layersOf(records);
  const pick = 'at' in act ? layers[act.at % Math.max(1, layers.length)] : undefined;
  switch (act.type) {
    case 'add':
      return addLayers(records, [newLayer(act.kind, newId(), 0)], pick?.id ?? null);
    case 'remove':
      return pick ? removeLayer(records, pick.id) : null;
    case 'duplicate':
      return pick ? duplicateLayer(records, pick.id, newId()) : null;
    case 'reorder':
      return pick ? reorderLayer(records, pick.id, act.to) : null;
    case 'opacity':
      return pick ? editLayer(records, pick.id, { opacity: act.value / 10 }, 'Opacity', 'opacity') : null;
    case 'focus':
      return pick ? editLayer(records, pick.id, { focus: act.value } as Partial<Layer>, 'Focus', 'focus') : null;
    case 'prompt':
      return editSettings(records, { prompt: act.value }, 'Prompt', 'prompt');
    case 'frame':
      return setFrame(records, { ...canvasOf(records).frame, x: act.x * 64 });
    case 'select':
      return setSelection(records, [{ mode: 'add', points: [{ x: act.x, y: 0 }] }]);
    case 'paint':
      return pick
        ? paintTiles(records, pick.id, { [`${act.tile},0` as TileKey]: act.id === 0 ? null : (`t${act.id}` as TileId) }, 'Paint')
        : null;
    case 'merge': {
      const below = pick ? mergeTarget(records, pick.id) : null;
      return pick && below ? mergeDown(records, pick.id, below.id, { '0,0': 'merged' as TileId }) : null;
    }
    default:
      return null;
  }
}

function run(actions: readonly Action[]) {
  const store = new DocumentStore(newDocument());
  const journal: JournalEntry[] = [];
  store.onChange((entry) => journal.push(entry));
  let next = 0;
  const newId = () => `layer-${next++}` as LayerId;
  for (const act of actions) {
    if (act.type === 'undo') store.undo();
    else if (act.type === 'redo') store.redo();
    else if (act.type === 'pause') store.closeStep();
    else {
      const delta = deltaFor(act, store.records, newId);
      if (delta) store.apply(delta);
    }
  }
  return { store, journal };
}

const plain = (records: RecordMap) => Object.fromEntries([...records].map(([id, record]) => [id, structuredClone(record)]));
const sequences = fc.array(action, { maxLength: 60 });

describe('the history of a document', () => {
  it('comes back to the beginning when everything is undone, and to the end when everything is redone', () => {
    fc.assert(
      fc.property(sequences, (actions) => {
        const { store } = run(actions);
        while (store.redo() !== null);
        const end = plain(store.records);
        const depth = store.undoDepth;
        while (store.undo() !== null);
        expect(plain(store.records)).toEqual(plain(new DocumentStore(newDocument()).records));
        for (let step = 0; step < depth; step++) store.redo();
        expect(plain(store.records)).toEqual(end);
      }),
      { seed: 20_261_122, numRuns: 200 },
    );
  });

  it('gives the same records and the same undo steps when its journal is played again', () => {
    fc.assert(
      fc.property(sequences, (actions) => {
        const { store, journal } = run(actions);
        const again = new DocumentStore(newDocument());
        // As it comes back from the disk.
        again.replay(JSON.parse(JSON.stringify(journal)) as JournalEntry[]);
        expect(plain(again.records)).toEqual(plain(store.records));
        expect(again.undoDepth).toBe(store.undoDepth);
        while (store.undo() !== null) {
          expect(again.undo()).not.toBeNull();
          expect(plain(again.records)).toEqual(plain(store.records));
        }
      }),
      { seed: 7, numRuns: 200 },
    );
  });

  it('keeps every layer in the order exactly once', () => {
    fc.assert(
      fc.property(sequences, (actions) => {
        const { store } = run(actions);
        const ids = [...store.records.values()].filter((record) => record.type === 'layer').map((record) => record.id);
        expect([...canvasOf(store.records).order].sort()).toEqual([...ids].sort());
      }),
      { seed: 11, numRuns: 200 },
    );
  });

  it('makes one step of typing, and a new one after a pause', () => {
    const store = new DocumentStore(newDocument());
    const type = (prompt: string) => store.apply(editSettings(store.records, { prompt }, 'Change the prompt', 'prompt'));
    type('a');
    type('a b');
    store.closeStep();
    type('a b c');
    expect(store.undoDepth).toBe(2);
    store.undo();
    expect(settingsOf(store.records).prompt).toBe('a b');
    store.undo();
    expect(settingsOf(store.records).prompt).toBe('');
  });

  it('takes a field that older documents lack away again, also after its steps were joined and saved', () => {
    const store = new DocumentStore(newDocument());
    const journal: JournalEntry[] = [];
    store.onChange((entry) => journal.push(entry));
    const mask = newLayer('mask', 'm' as LayerId, 0);
    store.apply(addLayers(store.records, [mask], null));
    for (const focus of [true, false]) store.apply(editLayer(store.records, mask.id, { focus }, 'Focus', 'focus'));
    const again = new DocumentStore(newDocument());
    again.replay(JSON.parse(JSON.stringify(journal)) as JournalEntry[]);
    again.undo();
    expect(again.records.get(mask.id)).toEqual(mask);
  });

  it('refuses a delta that does not fit and leaves the records as they were', () => {
    const store = new DocumentStore(newDocument());
    const layer = newLayer('raster', 'a' as LayerId, 0);
    const before = plain(store.records);
    const delta: Delta = {
      label: 'Bad',
      changes: [
        { type: 'create', record: layer },
        { type: 'create', record: layer },
      ],
    };
    expect(() => store.apply(delta)).toThrow('created twice');
    expect(plain(store.records)).toEqual(before);
    expect(store.undoLabel).toBeNull();
  });

  it('forgets what was undone once something new is done', () => {
    const store = new DocumentStore(newDocument());
    store.apply(editSettings(store.records, { steps: 5 }, 'Steps'));
    store.undo();
    store.apply(editSettings(store.records, { steps: 7 }, 'Steps'));
    expect(store.redo()).toBeNull();
  });

  it('lets a control layer go of a region that is deleted, and gives it back with undo', () => {
    const store = new DocumentStore(newDocument());
    const region = newLayer('region', 'r' as LayerId, 0);
    const control = { ...newLayer('control', 'c' as LayerId, 0), maskLayer: region.id };
    store.apply(addLayers(store.records, [control, region], null));
    store.apply(removeLayer(store.records, region.id));
    expect(store.records.get(control.id)).toMatchObject({ maskLayer: null });
    store.undo();
    expect(store.records.get(control.id)).toMatchObject({ maskLayer: region.id });
  });
});
