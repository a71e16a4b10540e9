import { app, session, shell, type WebContents, type WebPreferences } from 'electron';

/** The page's origin: no file, no network. */
export const pageOrigin = 'app://studio';

/** Stated in full and spread from nowhere: what the window may do does not depend on anything read at run time. */
export function webPreferences(preload: string): WebPreferences {
  return {
    preload,
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    webviewTag: false,
    experimentalFeatures: false,
    navigateOnDragDrop: false,
    spellcheck: false,
    devTools: !app.isPackaged,
  };
}

/** What a page of ours may ask the system for; everything else is denied. */
const permissions: ReadonlySet<string> = new Set([
  'clipboard-sanitized-write', // copying a picture
  'clipboard-read', // pasting one
  'fullscreen',
]);

/** Where the Help menu may lead; nothing else opens outside. */
const outsideLinks: ReadonlySet<string> = new Set<string>();

/** Denies permissions, navigation, pop-ups and web views. */
export function hardenSession(): void {
  const current = session.defaultSession;
  current.setPermissionRequestHandler((contents, permission, answer) => answer(isOurs(contents) && permissions.has(permission)));
  current.setPermissionCheckHandler((contents, permission) => contents !== null && isOurs(contents) && permissions.has(permission));
  current.setDevicePermissionHandler(() => false);
}

export function hardenContents(contents: WebContents): void {
  contents.on('will-navigate', (event) => event.preventDefault());
  contents.on('will-redirect', (event) => event.preventDefault());
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(({ url }) => {
    if (outsideLinks.has(url)) void shell.openExternal(url);
    return { action: 'deny' };
  });
}

function isOurs(contents: WebContents): boolean {
  return originOf(contents.getURL()) === pageOrigin;
}

/** Scheme and host; URL.origin is "null" for schemes of our own. */
export function originOf(url: string): string | null {
  try {
    const { protocol, host } = new URL(url);
    return `${protocol}//${host}`;
  } catch {
    return null;
  }
}
