import { join } from 'node:path';
import { abandonedDoor, rememberAddress } from '../../../src-main/hosts/host-address.ts';
import { startWebHost } from '../../../src-main/hosts/web-host.ts';
import { Studio } from '../../../src-main/studio/studio.ts';

/**
 * The real browser host and studio with a chosen engine: `node test/e2e/fakes/serve.ts DATA_FOLDER [real]`. Prints the address as the
 * first line and ends when its input does.
 */
const [folder, engine] = process.argv.slice(2);
if (folder === undefined) throw new Error('Usage: serve.ts DATA_FOLDER [real]');
const root = join(import.meta.dirname, '..', '..', '..');
const entry = engine === 'real' ? join(root, 'src-main/engine/main.ts') : join(import.meta.dirname, 'engine.ts');
const studio = new Studio({ folder, engineEntry: entry });
await studio.start();
const pageFolder = process.env['STRATA_PAGE'] ?? join(root, 'dist', 'renderer');
const { layout } = studio.library;
const host = await startWebHost(studio, { pageFolder, port: 0, earlier: abandonedDoor(layout.host) });
await rememberAddress(layout.host, host.address);
process.stdout.write(`${host.address}\n`);
process.stdin.resume();
process.stdin.on(
  'end',
  () =>
    void host
      .close()
      .then(() => studio.close())
      .then(() => process.exit(0)),
);
