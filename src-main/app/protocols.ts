import { net, protocol } from 'electron';
import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { contentSecurityPolicy } from '../contract/page-policy.ts';
import { isAssetId } from '../studio/files/asset-store.ts';
import { pageFile } from '../studio/files/page-file.ts';
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

/** `app://studio/…`: files of the built page, by allow-list of kinds. */
export function servePage(folder: string): void {
  protocol.handle('app', async (request) => {
    const { host, pathname } = new URL(request.url);
    const path = decoded(pathname);
    const file = path === null ? null : pageFile(folder, path);
    if (host !== 'studio' || file === null) return new Response(null, { status: 404, headers });
    return fileResponse(file.path, { ...headers, 'content-type': file.mime });
  });
}

function decoded(path: string): string | null {
  try {
    return decodeURIComponent(path);
  } catch {
    return null;
  }
}

interface Store {
  readonly folder: string;
  readonly extension: string;
}

export interface AssetPlaces {
  /** Where pictures are looked for, in order. */
  readonly pictures: readonly Store[];
  readonly thumbnails: Store;
  /** Has the small copy of a picture made; it need not succeed. */
  readonly makeThumbnail: (id: string) => Promise<unknown>;
}

/**
 * `asset://<id>`: a picture by its id, and `asset://<id>/thumbnail` its small copy, else the picture itself. Sent as a picture of a known
 * kind or not at all.
 */
export function serveAssets(places: AssetPlaces): void {
  protocol.handle('asset', async (request) => {
    const { host: id, pathname } = new URL(request.url);
    const isSmall = pathname === '/thumbnail';
    const path = isAssetId(id) ? ((isSmall ? await thumbnailFile(id, places) : undefined) ?? assetFile(id, places.pictures)) : undefined;
    const mime = path && (await kindOf(path));
    if (!path || !mime) return new Response(null, { status: 404, headers });
    const caching = { 'cache-control': 'private, max-age=31536000, immutable', 'access-control-allow-origin': 'app://studio' };
    return fileResponse(path, { ...headers, ...caching, 'content-type': mime });
  });
}

async function thumbnailFile(id: string, { thumbnails, makeThumbnail }: AssetPlaces): Promise<string | undefined> {
  const known = assetFile(id, [thumbnails]);
  if (known !== undefined) return known;
  await makeThumbnail(id).catch(() => undefined);
  return assetFile(id, [thumbnails]);
}

/** The file of an asset; undefined when there is none. */
export function assetFile(id: string, stores: readonly Store[]): string | undefined {
  return stores.map(({ folder, extension }) => join(folder, id.slice(0, 2), id + extension)).find((path) => existsSync(path));
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
