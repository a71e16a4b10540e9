import { app, BrowserWindow, dialog, shell } from 'electron';
import { join } from 'node:path';
import { z } from 'zod';
import { errorData } from '../contract/errors.ts';
import { assetIdSchema } from '../contract/protocol.ts';
import { StudioClient } from '../contract/studio-client.ts';
import { applicationVersion } from '../contract/version.ts';
import { dataLayout, storeExtensions } from '../studio/files/data-folder.ts';
import { GuardedIpc } from './guarded-ipc.ts';
import { watchJobs } from './job-watch.ts';
import { installMenu } from './menu.ts';
import { OpenedFiles } from './opened-files.ts';
import { connectPage } from './page-port.ts';
import { findPlaces } from './places.ts';
import { assetFile, registerSchemes, serveAssets, servePage } from './protocols.ts';
import { hardenContents, hardenSession, pageOrigin, webPreferences } from './security.ts';
import { StudioProcess } from './studio-process.ts';
import { rememberBounds, restoredBounds } from './window-state.ts';

const openedFiles = new OpenedFiles();

if (app.requestSingleInstanceLock()) start();
else app.quit();

function start(): void {
  registerSchemes();
  // Root has no sandbox on Linux and says so with a switch; enabling it all the same would end every helper process.
  if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
  openedFiles.listen();
  app.on('web-contents-created', (_, contents) => hardenContents(contents));
  app.on('second-instance', (_, args, folder) => {
    void openedFiles.addFromArguments(args.slice(1), folder);
    const [window] = BrowserWindow.getAllWindows();
    if (window?.isMinimized()) window.restore();
    window?.focus();
  });
  app.on('window-all-closed', () => app.quit());
  app.whenReady().then(run).catch(fail);
}

async function run(): Promise<void> {
  const places = findPlaces();
  hardenSession();
  servePage(places.renderer);
  let isStopping = false;
  const studio = await StudioProcess.start(places, fail);
  // After the windows have closed, and with them their last words to the studio.
  app.on('will-quit', (event) => {
    if (isStopping) return;
    isStopping = true;
    event.preventDefault();
    void studio.stop().finally(() => app.quit());
  });
  const layout = dataLayout(studio.dataFolder);
  const stores = [
    { folder: layout.pictures, extension: storeExtensions.pictures },
    { folder: layout.assets, extension: storeExtensions.assets },
  ];
  const client = await connectApp(studio);
  serveAssets({
    pictures: stores,
    thumbnails: { folder: layout.thumbnails, extension: storeExtensions.thumbnails },
    makeThumbnail: (asset) => client.call('assets.thumbnail', { asset }),
  });
  const ipc = new GuardedIpc((sentence) => console.error(sentence));
  registerIpc(ipc, studio, stores);
  const window = openWindow(places.preload);
  saveBeforeClosing(window, ipc);
  watchJobs(client, window);
  installMenu({ openFile: () => void chooseFiles(window), logFolder: () => layout.logs });
  await openedFiles.addFromArguments(process.argv.slice(1), process.cwd());
}

/** The app's own line to the studio, taken up again when the studio was started again. */
async function connectApp(studio: StudioProcess): Promise<StudioClient> {
  const client = new StudioClient(await studio.connect(), { role: 'app', version: applicationVersion, isPersistent: true });
  client.onClose(() => {
    if (client.isEnded) return;
    // The socket breaks a moment before the process is known to have ended. When it cannot be started again, the app ends too.
    setTimeout(() => void studio.connect().then((channel) => client.attach(channel), () => undefined), reconnectDelayMs); // prettier-ignore
  });
  return client;
}

const reconnectDelayMs = 200;

const assetIdArgument = z.object({ asset: assetIdSchema });

function registerIpc(ipc: GuardedIpc, studio: StudioProcess, stores: Parameters<typeof assetFile>[1]): void {
  ipc.on('strata:connect', z.undefined(), (_, event) => {
    studio.connect().then(
      (channel) => connectPage(event.sender, channel),
      // The page asks again.
      () => event.sender.isDestroyed() || event.sender.send('strata:disconnected'),
    );
  });
  ipc.on('strata:ready-for-files', z.undefined(), (_, event) => {
    const window = BrowserWindow.fromWebContents(event.sender);
    if (window) void openedFiles.sendTo(window);
  });
  ipc.handle('strata:choose-folder', z.undefined(), async () => {
    const { canceled, filePaths } = await dialog.showOpenDialog({ properties: ['openDirectory'] });
    return canceled ? null : (filePaths[0] ?? null);
  });
  ipc.handle('strata:show-picture', assetIdArgument, ({ asset }) => {
    const path = assetFile(asset, stores);
    if (path) shell.showItemInFolder(path);
  });
  ipc.on('strata:drag-picture', assetIdArgument, ({ asset }, event) => {
    const file = assetFile(asset, stores);
    if (file) event.sender.startDrag({ file, icon: file });
  });
}

function openWindow(preload: string): BrowserWindow {
  const { isMaximized, ...bounds } = restoredBounds();
  const window = new BrowserWindow({
    ...bounds,
    minWidth: 900,
    minHeight: 600,
    show: false,
    title: 'Strata',
    backgroundColor: '#1b1c1f',
    autoHideMenuBar: true,
    webPreferences: webPreferences(preload),
  });
  if (isMaximized) window.maximize();
  rememberBounds(window);
  window.once('ready-to-show', () => window.show());
  void window.loadURL(`${pageOrigin}/`);
  return window;
}

/** Longest wait for a page that saves; one that hangs must not keep the window open. */
const savingLimitMs = 4000;

/** Holds the window until its page has saved what was not saved yet. */
function saveBeforeClosing(window: BrowserWindow, ipc: GuardedIpc): void {
  let hasSaved = false;
  const close = () => {
    hasSaved = true;
    if (!window.isDestroyed()) window.close();
  };
  ipc.on('strata:saved', z.undefined(), close);
  window.on('close', (event) => {
    if (hasSaved || window.webContents.isCrashed()) return;
    event.preventDefault();
    window.webContents.send('strata:closing');
    setTimeout(close, savingLimitMs);
  });
}

async function chooseFiles(window: BrowserWindow): Promise<void> {
  const kinds = ['strata', 'png', 'jpg', 'jpeg', 'webp', 'safetensors'];
  const { filePaths } = await dialog.showOpenDialog(window, {
    properties: ['openFile', 'multiSelections'],
    filters: [{ name: 'Documents, pictures and models', extensions: kinds }],
  });
  for (const path of filePaths) app.addRecentDocument(path);
  await openedFiles.add(filePaths);
}

/** Says why in a dialog and ends. */
function fail(error: unknown): void {
  const { message } = errorData(error);
  console.error(message);
  dialog.showErrorBox('Strata', message);
  app.exit(1);
}

app.setPath('crashDumps', join(app.getPath('userData'), 'crashes'));
