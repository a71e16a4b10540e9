import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pageFile } from './page-file.ts';

const folder = join('/', 'page');

test.each([
  ['/', join(folder, 'index.html'), 'text/html; charset=utf-8'],
  ['/assets/index-1.js', join(folder, 'assets', 'index-1.js'), 'text/javascript; charset=utf-8'],
  ['/a/../b.css', join(folder, 'b.css'), 'text/css; charset=utf-8'],
])('%s is a file of the page', (path, file, mime) => {
  expect(pageFile(folder, path)).toEqual({ path: file, mime });
});

test.each(['/../secret.html', '/a/../../secret.html', '/index.html\0.png', '/package.key', '/assets/', '', '/.env'])(
  '%j is none',
  (path) => {
    expect(pageFile(folder, path)).toBeNull();
  },
);
