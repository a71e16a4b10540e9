import { contextBridge, ipcRenderer, webUtils } from 'electron';

/** A handful of typed functions; the page never sees Electron's own objects. */
contextBridge.exposeInMainWorld('strata', {
  connect: () => ipcRenderer.send('strata:connect'),
  onDisconnect: (listener: () => void) => void ipcRenderer.on('strata:disconnected', () => listener()),
  pathOfFile: (file: File) => webUtils.getPathForFile(file),
  chooseFolder: () => ipcRenderer.invoke('strata:choose-folder'),
  showPicture: (asset: string) => ipcRenderer.invoke('strata:show-picture', { asset }),
  dragPicture: (asset: string) => ipcRenderer.send('strata:drag-picture', { asset }),
  onOpenFile: (listener: (file: { name: string; path: string; bytes: Uint8Array }) => void) => {
    ipcRenderer.on('strata:open-file', (_, { name, path, bytes }: { name: string; path: string; bytes: Uint8Array }) => {
      listener({ name: String(name), path: String(path), bytes });
    });
    ipcRenderer.send('strata:ready-for-files');
  },
  onClosing: (save: () => Promise<void>) => {
    ipcRenderer.on('strata:closing', () => void save().finally(() => ipcRenderer.send('strata:saved')));
  },
  platform: process.platform,
});

// A port cannot cross the bridge as an argument; it is posted to the page, which checks that it comes from this window.
ipcRenderer.on('strata:port', (event) => window.postMessage('strata:port', window.location.origin, [...event.ports]));
