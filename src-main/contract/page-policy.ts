/** What the page may load, wherever it is served from: the same rules in the desktop window and in a browser. */
export function contentSecurityPolicy({ pictures, connections }: { readonly pictures: string; readonly connections: string }): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    `img-src ${pictures}`,
    `connect-src ${connections}`,
    "worker-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
