import { contentSecurityPolicy } from '../contract/page-policy.ts';

/** On every answer of the browser host; the same rules as in the Electron window, where pictures come from `asset:`. */
export const securityHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': contentSecurityPolicy({ pictures: "'self' blob:", connections: "'self'" }),
  'x-content-type-options': 'nosniff',
  // The address holds the token.
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
  'cache-control': 'no-store',
};
