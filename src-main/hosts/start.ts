import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** `npm start`: the desktop app where Electron's program is there, else the studio in a browser. */
const root = fileURLToPath(new URL('../..', import.meta.url));

const programs: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  darwin: 'Electron.app/Contents/MacOS/Electron',
  win32: 'electron.exe',
};

function electronProgram(): string | undefined {
  const folders = [process.env['ELECTRON_OVERRIDE_DIST_PATH'], join(root, 'node_modules', 'electron', 'dist')];
  const paths = folders.filter((folder) => folder !== undefined).map((folder) => join(folder, programs[process.platform] ?? 'electron'));
  return paths.find((path) => existsSync(path));
}

const electron = electronProgram();
const [program, args] = electron
  ? [electron, [root, ...process.argv.slice(2)]]
  : [process.execPath, [join(root, 'src-main', 'hosts', 'cli.ts'), 'serve', '--open', ...process.argv.slice(2)]];
if (!electron) process.stderr.write('Electron is not installed here, so the studio opens in the browser.\n');
spawn(program, args, { stdio: 'inherit' }).on('exit', (code) => (process.exitCode = code ?? 1));
