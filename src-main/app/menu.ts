import { app, Menu, shell, type MenuItemConstructorOptions } from 'electron';

/** The native menu: roles where the system has them; the studio's own commands are in the page. */
export function installMenu(actions: { readonly openFile: () => void; readonly logFolder: () => string }): void {
  const isMac = process.platform === 'darwin';
  const template: MenuItemConstructorOptions[] = [
    ...(isMac ? [{ role: 'appMenu' as const }] : []),
    {
      label: 'File',
      submenu: [
        { label: 'Open…', accelerator: 'CmdOrCtrl+O', click: actions.openFile },
        { role: 'recentDocuments', submenu: [{ role: 'clearRecentDocuments' }] },
        { type: 'separator' },
        isMac ? { role: 'close' } : { role: 'quit' },
      ],
    },
    // Undo and redo belong to the canvas; text fields have their own.
    { label: 'Edit', submenu: [{ role: 'cut' }, { role: 'copy' }, { role: 'paste' }, { role: 'selectAll' }] },
    {
      label: 'View',
      submenu: [
        { role: 'togglefullscreen' },
        ...(app.isPackaged ? [] : [{ role: 'reload' as const }, { role: 'toggleDevTools' as const }]),
      ],
    },
    { role: 'windowMenu' },
    { role: 'help', submenu: [{ label: 'Show log files', click: () => void shell.openPath(actions.logFolder()) }] },
  ];
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}
