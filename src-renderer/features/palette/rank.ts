import type { Command } from '../../state/command.ts';

/** Commands whose title holds every word of the search, those first that begin with it; without a search all of them in their order. */
export function rankCommands<T extends Pick<Command, 'title' | 'group'>>(commands: readonly T[], search: string): T[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [...commands];
  const score = (command: T): number => {
    const title = command.title.toLowerCase();
    const all = `${title} ${command.group.toLowerCase()}`;
    if (!words.every((word) => all.includes(word))) return -1;
    const whole = words.join(' ');
    return (title.startsWith(whole) ? 4 : 0) + (title.includes(whole) ? 2 : 0) + (words.every((word) => title.includes(word)) ? 1 : 0);
  };
  return commands
    .map((command, index) => ({ command, index, score: score(command) }))
    .filter((entry) => entry.score >= 0)
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .map((entry) => entry.command);
}
