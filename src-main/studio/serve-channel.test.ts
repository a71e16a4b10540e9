import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { memoryChannelPair } from '../contract/memory-channel.ts';
import { protocolVersion } from '../contract/protocol.ts';
import { StudioClient } from '../contract/studio-client.ts';
import type { StudioEvent } from '../contract/studio-methods.ts';
import { recipeSchema } from '../contract/recipe.ts';
import { encodePicture } from './files/picture-file.ts';
import { serveChannel } from './serve-channel.ts';
import { Studio } from './studio.ts';

let folder: string;
let studio: Studio;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'strata-door-'));
  studio = new Studio({ folder, engineEntry: 'never started' });
});
afterEach(async () => {
  await studio.close();
  rmSync(folder, { recursive: true });
});

const turn = () => new Promise((resolve) => setTimeout(resolve, 2));

function page() {
  const [near, far] = memoryChannelPair();
  serveChannel(studio, far);
  return near;
}

describe("the studio's door", () => {
  test('answers what has an id, drops what has none, and never ends for it', async () => {
    const near = page();
    const heard: unknown[] = [];
    near.onMessage((message) => heard.push(message));
    const bad = [
      null,
      [],
      'text',
      {},
      { type: 'request' },
      { type: 'request', id: -1, method: 'studio.state' },
      { type: 'request', id: 8, method: '__proto__' },
    ];
    for (const message of bad) near.send(message as object);
    near.send({ type: 'request', id: 9, method: 'constructor', params: {} });
    near.send({ type: 'request', id: 10, method: 'gallery.star', params: { pictures: '1', isStarred: true } });
    near.send({ type: 'request', id: 11, method: 'boards.list', params: {} });
    await turn();
    expect(heard).toMatchObject([
      { type: 'hello', protocol: protocolVersion, role: 'studio' },
      { type: 'error', id: 8, error: { code: 'badRequest' } },
      { type: 'error', id: 9, error: { code: 'badRequest' } },
      { type: 'error', id: 10, error: { code: 'badRequest', details: { place: 'pictures' } } },
      { type: 'result', id: 11, value: { boards: [] } },
    ]);
  });

  test('is closed to a page of another version', async () => {
    const near = page();
    let isClosed = false;
    near.onClose(() => (isClosed = true));
    near.onMessage(() => undefined);
    near.send({ type: 'hello', protocol: protocolVersion + 1, role: 'renderer', version: '9' });
    await turn();
    expect(isClosed).toBe(true);
  });

  test('sends events only after the hello, and none after the page has gone', async () => {
    const near = page();
    const heard: unknown[] = [];
    near.onMessage((message) => heard.push(message));
    studio.notice('info', 'too early');
    near.send({ type: 'hello', protocol: protocolVersion, role: 'renderer', version: '0' });
    await turn();
    studio.notice('info', 'in time');
    await turn();
    near.close();
    await turn();
    studio.notice('info', 'too late');
    await turn();
    expect(heard.slice(1)).toEqual([{ type: 'event', event: { kind: 'notice', level: 'info', text: 'in time' } }]);
  });
});

describe('a document with two pages', () => {
  test('is written by the first until it leaves; the second is refused with a sentence, and told of what is saved', async () => {
    const [first, second] = [page(), page()].map((channel) => ({
      channel,
      client: new StudioClient(channel, { role: 'test', version: '0' }),
    }));
    if (!first || !second) throw new Error('There must be two pages.');
    const { id } = await first.client.call('documents.create', { name: 'Harbour' });
    expect((await first.client.call('documents.claim', { document: id })).isWriter).toBe(true);
    expect((await second.client.call('documents.claim', { document: id })).isWriter).toBe(false);
    const entries = [{ kind: 'do' as const, command: { number: 1 } }];
    await expect(second.client.call('documents.append', { document: id, after: 0, entries })).rejects.toMatchObject({
      code: 'documentTaken',
    });
    const heard: StudioEvent[] = [];
    second.client.listen((event) => heard.push(event));
    expect(await first.client.call('documents.append', { document: id, after: 0, entries })).toEqual({ sequence: 1 });
    await turn();
    expect(heard).toContainEqual({ kind: 'document', document: id, sequence: 1 });
    first.channel.close();
    await turn();
    expect((await second.client.call('documents.claim', { document: id })).isWriter).toBe(true);
  });
});

describe('pictures that pages bring', () => {
  const client = () => new StudioClient(page(), { role: 'test', version: '0' });
  const bytes = (text: string) => new TextEncoder().encode(text);

  test.each([
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'],
    ['HTML', '<!doctype html><script>alert(1)</script>'],
    ['nothing', ''],
  ])('%s is refused as a picture', async (_name, text) => {
    await expect(client().callWithBuffers('assets.put', { kind: 'picture' }, [bytes(text)])).rejects.toMatchObject({ code: 'notAPicture' });
  });

  test('a job that names a picture nobody has is refused', async () => {
    const image = { picture: '0'.repeat(64) };
    await expect(client().call('queue.add', { recipe: { prompt: 'x', seed: 1, image } })).rejects.toMatchObject({ code: 'assetMissing' });
    await expect(
      client().call('queue.add', { recipe: { prompt: 'x', seed: 1, image: { picture: '../../etc/passwd' } } }),
    ).rejects.toMatchObject({ code: 'assetMissing' });
  });

  test('our own picture gives its recipe back, hostile words included, and says which inputs are missing', async () => {
    const prompt = '<script>alert(1)</script> \u202egnp.exe\u0007 🏠';
    const recipe = recipeSchema.parse({ prompt, seed: 3, image: { picture: '1'.repeat(64) }, size: { width: 16, height: 16 } });
    const png = await encodePicture({ width: 16, height: 16, rgb: new Uint8Array(16 * 16 * 3), recipe });
    const { value } = await client().callWithBuffers('picture.readRecipe', {}, [png]);
    expect(value).toEqual({ source: 'strata', recipe, problems: ['1 of the pictures that it was drawn from are not on this computer.'] });
  });

  test('what is no PNG has a sentence', async () => {
    await expect(
      client().callWithBuffers('picture.readRecipe', {}, [bytes('GIF89a and more of it, and more, and more')]),
    ).rejects.toMatchObject({ code: 'badPicture' });
    await expect(client().callWithBuffers('picture.readRecipe', {}, [])).rejects.toMatchObject({ code: 'badRequest' });
  });
});
