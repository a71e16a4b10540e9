/** The folder that holds a file, for paths of any system. */
export function parentFolder(path: string): string {
  return path.replace(/[\\/][^\\/]*$/, '') || path;
}

export function fileName(path: string): string {
  return /[^\\/]*$/.exec(path)?.[0] ?? path;
}
