import { net, protocol } from 'electron';
import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { extname, isAbsolute, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { contentSecurityPolicy } from '../contract/page-policy.ts';
import { pictureMime } from '../studio/files/picture-kind.ts';

/** Must be called before the app is ready. */
export function registerSchemes(): void {
  const privileges = { standard: true, secure: true, supportFetchAPI: true };
  protocol.registerSchemesAsPrivileged([
    { scheme: 'app', privileges: { ...privileges, codeCache: true } },
    { scheme: 'asset', privileges: { ...privileges, corsEnabled: true } },
  ]);
}

const headers = {
  'content-security-policy': contentSecurityPolicy({ pictures: "'self' blob: asset:", connections: "'self' asset:" }),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
};

const mimeTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

/** `app://studio/…`: files of the built page, by allow-list of kinds. */
export function servePage(folder: string): void {
  protocol.handle('app', async (request) => {
    const { host, pathname } = new URL(request.url);
    const name = pathname === '/' ? 'index.html' : decodeURIComponent(pathname.slice(1));
    const file = join(folder, name);
    const mime = mimeTypes[extname(name)];
    if (host !== 'studio' || mime === undefined || !isInside(folder, file)) return new Response(null, { status: 404, headers });
    return fileResponse(file, { ...headers, 'content-type': mime });
  });
}

const assetId = /^[0-9a-f]{64}$/;

/** `asset://<id>`: a picture by its id, looked for in the given folders; sent as a picture of a known kind or not at all. */
export function serveAssets(folders: readonly { readonly folder: string; readonly extension: string }[]): void {
  protocol.handle('asset', async (request) => {
    const id = new URL(request.url).host;
    const path = assetId.test(id) ? assetFile(id, folders) : undefined;
    const mime = path && (await kindOf(path));
    if (!path || !mime) return new Response(null, { status: 404, headers });
    const caching = { 'cache-control': 'private, max-age=31536000, immutable', 'access-control-allow-origin': 'app://studio' };
    return fileResponse(path, { ...headers, ...caching, 'content-type': mime });
  });
}

/** The file of an asset; undefined when there is none. */
export function assetFile(id: string, folders: readonly { readonly folder: string; readonly extension: string }[]): string | undefined {
  return folders.map(({ folder, extension }) => join(folder, id.slice(0, 2), id + extension)).find((path) => existsSync(path));
}

async function kindOf(path: string): Promise<string | null> {
  const file = await open(path);
  try {
    const head = Buffer.alloc(16);
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    return pictureMime(head.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

async function fileResponse(path: string, fields: Readonly<Record<string, string>>): Promise<Response> {
  const found = await net.fetch(pathToFileURL(path).toString()).catch(() => undefined);
  if (!found?.ok) return new Response(null, { status: 404, headers });
  return new Response(found.body, { status: 200, headers: fields });
}

function isInside(folder: string, file: string): boolean {
  const inside = relative(folder, file);
  return !inside.startsWith('..') && !isAbsolute(inside) && !file.includes('\0');
}
