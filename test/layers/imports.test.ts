import { expect, it } from 'vitest';
import { commandOf, root, run } from '../tool.ts';

interface Violation {
  readonly rule: { readonly name: string };
  readonly from: string;
  readonly to: string;
}

/** What dependency-cruiser must say about fixtures/imports, whose files are named after their fault. All others there are right. */
const expected = [
  'features-apart: src-renderer/features/layers/uses-prompt.ts -> src-renderer/features/prompt/words.ts',
  'from-known-folder: src-main/misc/keep.ts -> src-main/core/order.ts',
  'kernels-folders: kernels/passes-models-on.ts -> models/config.ts',
  'kernels-folders: kernels/uses-inline-type-of-models.ts -> models/config.ts',
  'kernels-folders: kernels/uses-models-later.ts -> models/config.ts',
  'kernels-folders: kernels/uses-models.ts -> models/config.ts',
  'kernels-folders: kernels/uses-test.ts -> test/seed.ts',
  'kernels-folders: kernels/uses-type-of-models.ts -> models/config.ts',
  'kernels-node: kernels/uses-node-without-prefix.ts -> fs',
  'kernels-node: kernels/uses-node.ts -> fs',
  'kernels-packages: kernels/uses-package.ts -> zod',
  'models-folders: models/uses-engine.ts -> src-main/engine/start.ts',
  'no-circular: kernels/cycle-a.ts -> kernels/cycle-b.ts',
  'not-to-tests: kernels/uses-test.ts -> test/seed.ts',
  'only-there-electron: src-main/hosts/uses-electron.ts -> electron',
  'only-there-electron: src-renderer/ui/uses-electron.ts -> electron',
  'only-there-onnxruntime: src-main/engine/uses-onnx-runtime.ts -> onnxruntime-node',
  'only-there-sharp: src-main/studio/uses-sharp.ts -> sharp',
  'only-there-webgpu: src-main/engine/backends/onnx/uses-webgpu.ts -> webgpu',
  'resolvable: kernels/names-no-file.ts -> ./tensor',
  'src-main-app-folders: src-main/app/uses-engine.ts -> src-main/engine/start.ts',
  'src-main-contract-folders: src-main/contract/uses-core.ts -> src-main/core/order.ts',
  'src-main-contract-packages: src-main/contract/uses-other-package.ts -> ws',
  'src-main-core-folders: src-main/core/uses-formats.ts -> src-main/formats/parse.ts',
  'src-main-engine-folders: src-main/engine/uses-studio.ts -> src-main/studio/queue.ts',
  'src-main-engine-folders: src-main/engine/uses-unlisted-folder.ts -> src-main/misc/keep.ts',
  'src-main-formats-node: src-main/formats/uses-node.ts -> fs',
  'src-main-hosts-folders: src-main/hosts/uses-engine.ts -> src-main/engine/start.ts',
  'src-main-hosts-packages: src-main/hosts/uses-electron.ts -> electron',
  'src-main-preload-folders: src-main/preload/uses-studio.ts -> src-main/studio/queue.ts',
  'src-main-studio-folders: src-main/studio/uses-type-of-engine.ts -> src-main/engine/start.ts',
  'src-renderer-canvas-folders: src-renderer/canvas/uses-core.ts -> src-main/core/order.ts',
  'src-renderer-document-folders: src-renderer/document/uses-canvas.ts -> src-renderer/canvas/draw.ts',
  'src-renderer-ui-folders: src-renderer/ui/UsesEngine.svelte -> src-main/engine/start.ts',
  'src-renderer-ui-packages: src-renderer/ui/uses-electron.ts -> electron',
  'to-known-folder: src-main/engine/uses-unlisted-folder.ts -> src-main/misc/keep.ts',
];

const packageName = (path: string): string => path.replace(/^.*node_modules\/((@[^/]+\/)?[^/]+)\/.*$/, '$1');

it('reports every planted import and no other', async () => {
  const command = [...commandOf('depcruise'), '--config', `${root}/.dependency-cruiser.cjs`, '--output-type', 'json', '.'];
  const { stdout } = await run(command, { cwd: `${root}/test/layers/fixtures/imports` });
  const { summary } = JSON.parse(stdout) as { readonly summary: { readonly violations: readonly Violation[] } };
  const reported = summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${packageName(to)}`);
  expect(reported.sort()).toEqual(expected);
});

it('looks at the real folders, through imports that end in .ts', async () => {
  const command = [...commandOf('depcruise'), '--config', `${root}/.dependency-cruiser.cjs`, '--output-type', 'json', 'src-main/contract'];
  const { stdout } = await run(command);
  const { modules } = JSON.parse(stdout) as {
    readonly modules: readonly { source: string; dependencies: readonly { resolved: string }[] }[];
  };
  const channel = modules.find(({ source }) => source === 'src-main/contract/memory-channel.ts');
  expect(channel?.dependencies.map(({ resolved }) => resolved)).toContain('src-main/contract/channel.ts');
});
