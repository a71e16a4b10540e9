import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

/**
 * Builds the unpacked app (`release/linux-unpacked` and its like) from an Electron folder that is already there: the one that
 * ELECTRON_OVERRIDE_DIST_PATH names, else the npm package's. Prints the size of each part.
 */
const root = join(import.meta.dirname, '..', '..');
const fillIn = join(root, 'dist', 'app', 'test');
const testConfig = join(root, 'dist', 'electron-builder.test.yml');

function electronFolder(): string {
  const folders = [process.env['ELECTRON_OVERRIDE_DIST_PATH'], join(root, 'node_modules', 'electron', 'dist')];
  const found = folders.find((folder) => folder !== undefined && existsSync(join(folder, 'version')));
  if (found === undefined) throw new Error('No Electron folder was found: set ELECTRON_OVERRIDE_DIST_PATH to one.');
  return found;
}

/** An older Electron of tests brings a launcher that fills in newer functions; a packaged app has to carry it. */
function addFillIn(electron: string): string[] {
  rmSync(fillIn, { recursive: true, force: true });
  const launcher = join(electron, 'resources', 'default_app');
  const folder = [launcher, join(electron, 'resources', 'app')].find((path) => existsSync(join(path, 'electron-api.js')));
  if (folder === undefined) return [];
  cpSync(folder, fillIn, {
    recursive: true,
    filter: (path) => statSync(path).isDirectory() || (path.endsWith('.js') && !path.endsWith('index.js')),
  });
  writeFileSync(join(fillIn, 'package.json'), '{"type":"commonjs"}\n');
  const modules = ['language', 'web', 'electron-api'].map((name) => `require('./${name}.js')(globalThis);`);
  writeFileSync(join(fillIn, 'main.cjs'), `${modules.join('\n')}\nrequire('../main.cjs');\n`);
  // Playwright attaches through the inspector; the older Electron has no wire for the newest fuse.
  const config = readFileSync(join(root, 'electron-builder.yml'), 'utf8')
    .replace('enableNodeCliInspectArguments: false', 'enableNodeCliInspectArguments: true')
    .replace('  grantFileProtocolExtraPrivileges: false\n', '');
  writeFileSync(testConfig, `${config}\nextraMetadata:\n  main: dist/app/test/main.cjs\n`);
  return ['--config', testConfig];
}

function printSizes(folder: string): void {
  const parts = ['resources/app.asar', 'resources/engine', 'resources/node', 'resources/starter'];
  const sizes = parts.map((part) => [part, bytesOf(join(folder, part))] as const);
  const known = sizes.reduce((sum, [, bytes]) => sum + bytes, 0);
  const rows = [...sizes, ['Electron', bytesOf(folder) - known] as const];
  for (const [part, bytes] of rows) process.stdout.write(`${part.padEnd(24)} ${(bytes / 1e6).toFixed(1).padStart(8)} MB\n`);
}

function bytesOf(path: string): number {
  const info = statSync(path, { throwIfNoEntry: false });
  if (!info) return 0;
  return info.isDirectory() ? readdirSync(path).reduce((sum, name) => sum + bytesOf(join(path, name)), 0) : info.size;
}

const electron = electronFolder();
const version = readFileSync(join(electron, 'version'), 'utf8').trim().replace(/^v/, '');
const overrides = [`-c.electronDist=${electron}`, `-c.electronVersion=${version}`, ...addFillIn(electron)];
const builder = join(root, 'node_modules', 'electron-builder', 'cli.js');
try {
  execFileSync(process.execPath, [builder, '--dir', '--publish', 'never', ...overrides], { cwd: root, stdio: 'inherit' });
} finally {
  rmSync(fillIn, { recursive: true, force: true });
}
const unpacked = readdirSync(join(root, 'release')).find((name) => name.endsWith('unpacked'));
if (unpacked === undefined) throw new Error('electron-builder left no unpacked folder in release.');
// An Electron folder of tests has an app of its own there, which no package may carry.
rmSync(join(root, 'release', unpacked, 'resources', 'app'), { recursive: true, force: true });
printSizes(join(root, 'release', unpacked));
