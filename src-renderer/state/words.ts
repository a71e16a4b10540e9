/** Numbers as people read them. */

export function bytesText(bytes: number): string {
  if (bytes >= 2 ** 30) return `${(bytes / 2 ** 30).toFixed(1)} GB`;
  if (bytes >= 2 ** 20) return `${Math.round(bytes / 2 ** 20)} MB`;
  return `${Math.max(1, Math.round(bytes / 1024))} KB`;
}

export function secondsText(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return `${Math.round(seconds / 60)} min`;
}

export function percentText(share: number): string {
  return `${Math.round(share * 100)} %`;
}

const dates = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

export function dateText(milliseconds: number): string {
  return dates.format(milliseconds);
}

/** The engine's reason for a device where the device itself is named beside it. */
export function reasonText(reason: string): string {
  const text = reason.replace(/^(CPU|GPU): /, '');
  return text.charAt(0).toUpperCase() + text.slice(1);
}
