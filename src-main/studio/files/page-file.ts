import { extname, isAbsolute, join, relative } from 'node:path';

/** Kinds of file that the built page consists of; nothing else is served, wherever the page is served from. */
const mimeTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

export interface PageFile {
  readonly path: string;
  readonly mime: string;
}

/**
 * A file of the built page by the path of a request, decoded and beginning with a slash; `/` is the page itself. Null for a path that
 * leads out of the folder and for kinds that the page does not have. The file need not be there.
 */
export function pageFile(folder: string, requestPath: string): PageFile | null {
  const name = requestPath === '/' ? 'index.html' : requestPath.slice(1);
  const mime = mimeTypes[extname(name)];
  if (mime === undefined || name.includes('\0')) return null;
  const path = join(folder, name);
  const inside = relative(folder, path);
  return inside.startsWith('..') || isAbsolute(inside) ? null : { path, mime };
}
