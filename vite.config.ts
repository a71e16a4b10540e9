import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

/** The page is lowered only for the older Electron that tests may bring; the product is written for a current one. */
const target = process.env['ELECTRON_OVERRIDE_DIST_PATH'] ? 'chrome108' : 'chrome150';

export default defineConfig({
  root: 'src-renderer',
  base: './',
  plugins: [svelte({ configFile: '../svelte.config.js' })],
  build: {
    outDir: '../dist/renderer',
    emptyOutDir: true,
    target,
    cssTarget: target,
    // Everything is on this computer: one request less matters more than inlining, and the CSP allows no data: pictures.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 800,
  },
});
