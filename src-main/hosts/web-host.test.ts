import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { socketChannel } from '../contract/socket-channel.ts';
import { StudioClient } from '../contract/studio-client.ts';
import { Studio } from '../studio/studio.ts';
import { startWebHost, type WebHost } from './web-host.ts';

const folder = mkdtempSync(join(tmpdir(), 'strata-host-'));
const pageFolder = join(folder, 'page');
let studio: Studio;
let host: WebHost;
let picture: string;
let page: string;

beforeAll(async () => {
  mkdirSync(pageFolder);
  writeFileSync(join(pageFolder, 'index.html'), '<!doctype html><title>Strata</title>');
  writeFileSync(join(pageFolder, 'secret.key'), 'no known kind');
  writeFileSync(join(folder, 'outside.html'), 'outside');
  studio = new Studio({ folder: join(folder, 'data'), engineEntry: 'never started' });
  picture = await studio.library.pictures.put([Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')]);
  page = await studio.library.assets.put([new TextEncoder().encode('<html><script>alert(1)</script></html>')]);
  host = await startWebHost(studio, { pageFolder, port: 0 });
});

afterAll(async () => {
  await host.close();
  await studio.close();
  rmSync(folder, { recursive: true });
});

function get(path: string, headers: Record<string, string> = {}, method = 'GET') {
  const { port, hostname } = new URL(host.address);
  return new Promise<{ status: number; headers: Record<string, unknown>; body: string }>((resolve, reject) => {
    const sent = request({ hostname, port, path, method, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

const inside = (path: string) => new URL(path, host.address).pathname;

describe('the browser host', () => {
  test('serves the page with every security header', async () => {
    const { status, headers, body } = await get(inside('./'));
    expect({ status, body }).toEqual({ status: 200, body: '<!doctype html><title>Strata</title>' });
    expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
    });
  });

  test('serves a picture as what it is, and anything else as bytes and never as a page', async () => {
    expect((await get(inside(`asset/${picture}`))).headers['content-type']).toBe('image/png');
    expect((await get(inside(`asset/${page}`))).headers['content-type']).toBe('application/octet-stream');
    expect((await get(inside(`asset/${'0'.repeat(64)}`))).status).toBe(404);
  });

  test.each<[string, () => string, Record<string, string>, string, number]>([
    ['no token', () => '/', {}, 'GET', 404],
    ['another token', () => `/${'A'.repeat(43)}/`, {}, 'GET', 404],
    ['another host name, as after DNS rebinding', () => inside('./'), { host: 'evil.example' }, 'GET', 403],
    ['another port in the host name', () => inside('./'), { host: '127.0.0.1:1' }, 'GET', 403],
    ['the origin of another page', () => inside('./'), { origin: 'https://evil.example' }, 'GET', 403],
    ['an opaque origin', () => inside('./'), { origin: 'null' }, 'GET', 403],
    ['a picture embedded by another site', () => inside(`asset/${picture}`), { 'sec-fetch-site': 'cross-site' }, 'GET', 403],
    ['a post', () => inside('./'), {}, 'POST', 405],
    ['a path that leads out', () => `${inside('./')}..%2foutside.html`, {}, 'GET', 404],
    ['a path that leads out, twice encoded', () => `${inside('./')}%252e%252e%252foutside.html`, {}, 'GET', 404],
    ['a file of an unknown kind', () => inside('secret.key'), {}, 'GET', 404],
    ['a broken encoding', () => `${inside('./')}%ff`, {}, 'GET', 400],
    ['a folder', () => inside('assets/'), {}, 'GET', 404],
  ])('refuses %s', async (_name, path, headers, method, status) => {
    const answer = await get(path(), headers, method);
    expect(answer.status).toBe(status);
    expect(answer.headers['content-security-policy']).toBeDefined();
    expect(answer.body).not.toContain('outside');
  });
});

test('a host takes over the address of one that was killed; where the port is taken, another one with the same key', async () => {
  const { port } = new URL(host.address);
  const earlier = { port: Number(port), token: 'B'.repeat(43) };
  const second = await startWebHost(studio, { pageFolder, port: 0, earlier });
  const address = new URL(second.address);
  expect(address.pathname).toBe(`/${earlier.token}/`);
  expect(address.port).not.toBe(port);
  await second.close();
  const third = await startWebHost(studio, { pageFolder, port: 0, earlier: { port: Number(address.port), token: earlier.token } });
  expect(third.address).toBe(second.address);
  await third.close();
});

test('a small copy is served where one can be made, else the picture itself', async () => {
  const { default: sharp } = await import('sharp');
  const png = await sharp({ create: { width: 640, height: 320, channels: 3, background: '#d04030' } })
    .png()
    .toBuffer();
  const large = await studio.library.pictures.put([png]);
  expect((await get(inside(`thumbnail/${large}`))).headers['content-type']).toBe('image/webp');
  expect((await get(inside(`thumbnail/${picture}`))).headers['content-type']).toBe('image/png');
  expect((await get(inside(`thumbnail/${'0'.repeat(64)}`))).status).toBe(404);
});

describe('its channel', () => {
  const address = () => new URL('channel', host.address).href.replace('http:', 'ws:');
  const origin = () => new URL(host.address).origin;

  test('answers a page of its own origin', async () => {
    const socket = new WebSocket(address(), { origin: origin() });
    const client = new StudioClient(socketChannel(socket), { role: 'test', version: '0' });
    expect(await client.call('gallery.search', {})).toEqual({ total: 0, pictures: [] });
    await expect(client.call('documents.open', { document: 'none' })).rejects.toMatchObject({ code: 'documentMissing' });
    await expect(client.call('gallery.search', { limit: 0 })).rejects.toMatchObject({ code: 'badRequest' });
    client.close();
  });

  test.each([
    ['another origin', () => [address(), 'https://evil.example']],
    ['no origin', () => [address(), '']],
    ['the null origin', () => [address(), 'null']],
    ['another token', () => [address().replace(/[\w-]{43}/, 'A'.repeat(43)), origin()]],
    ['another path', () => [address().replace('/channel', '/other'), origin()]],
  ])('refuses %s', async (_name, make) => {
    const [to = '', from = ''] = make();
    const socket = new WebSocket(to, from === '' ? {} : { origin: from });
    await expect(new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject))).rejects.toThrow(/40[34]/);
  });

  test('ends the connection of a page that sends text or garbage, and goes on', async () => {
    for (const rubbish of ['{"type":"hello"}', Buffer.from('garbage, long enough to be a header')]) {
      const socket = new WebSocket(address(), { origin: origin() });
      await new Promise((resolve) => socket.once('open', resolve));
      socket.send(rubbish);
      const code = await new Promise((resolve) => socket.once('close', resolve));
      expect(code).toBe(1008);
    }
    expect((await get(inside('./'))).status).toBe(200);
  });
});
