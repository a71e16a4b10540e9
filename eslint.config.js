import { defineConfig } from 'eslint/config';
import svelte from 'eslint-plugin-svelte';
import tseslint from 'typescript-eslint';

/** One project over all environments: types alone matter here, and one program is half the time of five. */
const projects = ['./tsconfig.lint.json'];

/** Core rules worth a failure; layout is prettier's business, types are the compiler's. */
const language = {
  eqeqeq: ['error', 'always', { null: 'ignore' }],
  'max-lines': ['error', { max: 450 }],
  'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true, IIFEs: true }],
  'max-params': ['error', 5],
  'no-console': ['error', { allow: ['error'] }],
  'no-constant-binary-expression': 'error',
  'no-control-regex': 'error',
  'no-debugger': 'error',
  'no-empty': 'error',
  'no-eval': 'error',
  'no-implied-eval': 'error',
  'no-new-func': 'error',
  'no-self-compare': 'error',
  'no-unreachable-loop': 'error',
  'no-useless-return': 'error',
  'no-var': 'error',
  'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx'], location: 'start' }],
  'object-shorthand': 'error',
  'prefer-const': 'error',
};

/** Rules that need types; the costly or noisy ones of the strict set are off below. */
const typed = {
  '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
  '@typescript-eslint/no-confusing-void-expression': 'off',
  '@typescript-eslint/no-dynamic-delete': 'off',
  '@typescript-eslint/no-meaningless-void-operator': 'off',
  '@typescript-eslint/no-misused-spread': 'off',
  '@typescript-eslint/no-non-null-assertion': 'off',
  '@typescript-eslint/no-unnecessary-condition': 'off',
  // These two trip over types that Node and the page define differently; the compiler sees each environment alone.
  '@typescript-eslint/no-unnecessary-type-assertion': 'off',
  '@typescript-eslint/no-unnecessary-type-conversion': 'off',
  '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
  '@typescript-eslint/no-unsafe-enum-assignment': 'off',
  '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
  '@typescript-eslint/require-await': 'off',
  '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true, allowNullish: true }],
  '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
  '@typescript-eslint/unbound-method': 'off',
  '@typescript-eslint/unified-signatures': 'off',
  '@typescript-eslint/use-unknown-in-catch-callback-variable': 'off',
};

const bannedSyntax = [
  {
    selector: "Property[key.name='failOn'][value.value='none']",
    message: "A damaged picture is refused, not guessed at: leave failOn at 'warning' or stricter.",
  },
  { selector: 'ExportDefaultDeclaration', message: 'Export by name; only Svelte components and configurations have default exports.' },
  {
    selector: 'CallExpression[callee.property.name=/^(only|skip|todo)$/][callee.object.name=/^(it|test|describe|suite)$/]',
    message: 'Every test runs.',
  },
];

const guardedIpc = [
  {
    name: 'electron',
    importNames: ['ipcMain'],
    message: 'Messages from the page come in through src-main/app/guarded-ipc.ts, which checks sender and shape.',
  },
];

/** Type-only imports inside Svelte components are invisible to dependency-cruiser, so these repeat its rows for them. */
const componentImports = [
  { folder: '', banned: ['**/kernels/**', '**/models/**', '**/src-main/!(contract)/**'] },
  { folder: 'ui/', banned: ['**/kernels/**', '**/models/**', '**/src-main/**', '**/{document,canvas,state,features,app}/**'] },
].map(({ folder, banned }) => ({
  files: [`**/src-renderer/${folder}**/*.svelte`],
  rules: {
    'no-restricted-imports': ['error', { patterns: [{ group: banned, message: 'See the import table in docs/architecture.md.' }] }],
  },
}));

export default defineConfig(
  {
    ignores: ['node_modules/**', 'dist/**', 'release/**', 'test/layers/fixtures/**', 'models/starter/train/**', '**/*.cjs', '*.config.js'],
  },
  {
    files: ['**/*.ts', '**/*.svelte'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: projects, tsconfigRootDir: import.meta.dirname, extraFileExtensions: ['.svelte'] } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      ...language,
      ...typed,
      'no-restricted-syntax': ['error', ...bannedSyntax],
      'no-restricted-imports': ['error', { paths: guardedIpc }],
    },
  },
  ...svelte.configs['flat/recommended'],
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: tseslint.parser } },
    rules: {
      'svelte/prefer-svelte-reactivity': 'off',
      'svelte/no-at-html-tags': 'error',
      'svelte/no-target-blank': 'error',
      'svelte/button-has-type': 'error',
    },
  },
  {
    // svelte-check has the types of components; here each component would cost a new program and see `any` in callbacks.
    files: ['**/*.svelte'],
    extends: [tseslint.configs.disableTypeChecked],
    rules: {
      'max-lines-per-function': 'off',
      'prefer-const': 'off',
      'svelte/prefer-const': ['error', { excludedRunes: ['$props', '$bindable'] }],
    },
  },
  ...componentImports,
  {
    files: ['src-main/app/guarded-ipc.ts'],
    rules: { 'no-restricted-imports': 'off' },
  },
  {
    files: ['**/*.test.ts', 'test/**'],
    ignores: ['test/layers/fixtures/**'],
    rules: {
      'max-lines-per-function': 'off',
      'no-console': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
    },
  },
  {
    files: ['kernels/**/*.ts'],
    rules: { 'max-params': ['error', 7] },
  },
  {
    files: ['src-main/hosts/**', 'models/starter/eval/**'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['**/*.config.ts', '**/*.d.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
);
