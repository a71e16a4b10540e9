import { isMac } from './bridge.ts';

/**
 * A chord is written "Mod+Shift+Z": Mod is Command on a Mac, Control elsewhere. The key is what the keyboard types without
 * modifiers, so that brackets and digits are found on any layout.
 */
export function chordOf(event: KeyboardEvent): string | null {
  const key = keyName(event);
  if (key === null) return null;
  const isMod = isMac ? event.metaKey : event.ctrlKey;
  const isOther = isMac && event.ctrlKey;
  const parts = [isMod && 'Mod', isOther && 'Ctrl', event.altKey && 'Alt', event.shiftKey && 'Shift'].filter(Boolean);
  return [...parts, key].join('+');
}

const named: Readonly<Record<string, string>> = { ' ': 'Space', ArrowUp: 'Up', ArrowDown: 'Down', ArrowLeft: 'Left', ArrowRight: 'Right' };

function keyName(event: KeyboardEvent): string | null {
  if (['Control', 'Shift', 'Alt', 'Meta', 'Dead'].includes(event.key)) return null;
  const fixed = named[event.key];
  if (fixed !== undefined) return fixed;
  if (event.key.length > 1) return event.key;
  // With Shift or Alt the letter is another one; the key's own name tells which it was.
  const letter = /^Key([A-Z])$/.exec(event.code)?.[1] ?? /^Digit(\d)$/.exec(event.code)?.[1];
  return letter ?? event.key.toUpperCase();
}

const macSigns: Readonly<Record<string, string>> = { Mod: '⌘', Ctrl: '⌃', Alt: '⌥', Shift: '⇧', Enter: '↩', Delete: '⌦', Backspace: '⌫' };
const otherNames: Readonly<Record<string, string>> = { Mod: 'Ctrl' };

/** How a chord is shown: "⌘⇧Z" on a Mac, "Ctrl+Shift+Z" elsewhere. */
export function chordText(chord: string): string {
  if (chord === '') return '';
  const parts = chord.split(/\+(?=.)/);
  return isMac ? parts.map((part) => macSigns[part] ?? part).join('') : parts.map((part) => otherNames[part] ?? part).join('+');
}

/** Whether typing goes into a field that has its own use for the key. */
export function isTyping(event: KeyboardEvent): boolean {
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement) return true;
  return target instanceof HTMLInputElement && !['range', 'checkbox', 'radio', 'color', 'button'].includes(target.type);
}
