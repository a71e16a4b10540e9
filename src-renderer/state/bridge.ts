/** A file from outside the page. Models come without their bytes: they are used where they lie. */
export interface HandedFile {
  readonly name: string;
  readonly path: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What the Electron preload offers as `window.strata`; a page in a browser does not have it. */
export interface StrataBridge {
  /** Asks for a port to the studio. It arrives as a message event whose data is 'strata:port'. */
  connect(): void;
  /** Hears that the studio's end of the port has gone: a new one must be asked for. */
  onDisconnect(listener: () => void): void;
  /** Path of a file that was dropped or chosen. */
  pathOfFile(file: File): string;
  /** Opens the system's folder dialog; null when it was left. */
  chooseFolder(): Promise<string | null>;
  /** Opens the system's file manager at a picture. */
  showPicture(asset: string): Promise<void>;
  /** Begins dragging a finished picture out of the window. */
  dragPicture(asset: string): void;
  /** Hears of files that the system or a second start handed over; those that wait come at once. */
  onOpenFile(listener: (file: HandedFile) => void): void;
  /** The window is about to close and waits, a few seconds at most, until this has saved everything. */
  onClosing(save: () => Promise<void>): void;
  readonly platform: 'darwin' | 'win32' | 'linux';
}

declare global {
  interface Window {
    readonly strata?: StrataBridge;
  }
}

export const portMessage = 'strata:port';

export const isMac: boolean = /mac/i.test(navigator.platform);
