import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** 256 bits: cannot be guessed by another program of this computer. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

export type Admission =
  { readonly isAdmitted: true; readonly path: string } | { readonly isAdmitted: false; readonly status: 400 | 403 | 404 };

export interface Door {
  readonly token: string;
  readonly port: number;
}

/**
 * Lets in requests of the page that was opened with the token, and nothing else: the Host must be this very address (against DNS
 * rebinding), an Origin must be this page's (against other pages; `null` and opaque ones are refused), and the first part of the path
 * must be the token. The token is in the path and not in a cookie, because cookies of 127.0.0.1 go to every port.
 * @returns the path after the token, beginning with a slash
 */
export function admit(request: Pick<IncomingMessage, 'url' | 'headers'>, { token, port }: Door, needsOrigin: boolean): Admission {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  const { host, origin } = request.headers;
  if (host === undefined || !hosts.includes(host)) return { isAdmitted: false, status: 403 };
  if (origin === undefined ? needsOrigin : origin !== `http://${host}`) return { isAdmitted: false, status: 403 };
  // Set by browsers on every request: a page of another site must not even embed a picture.
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return { isAdmitted: false, status: 403 };
  let path: string;
  try {
    path = decodeURIComponent(new URL(request.url ?? '', 'http://host').pathname);
  } catch {
    return { isAdmitted: false, status: 400 };
  }
  const [, found = '', ...rest] = path.split('/');
  if (!isEqual(found, token)) return { isAdmitted: false, status: 404 };
  return { isAdmitted: true, path: `/${rest.join('/')}` };
}

function isEqual(found: string, expected: string): boolean {
  const left = Buffer.from(found);
  const right = Buffer.from(expected);
  return left.length === right.length && timingSafeEqual(left, right);
}
