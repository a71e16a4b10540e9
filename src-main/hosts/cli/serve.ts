import type { Command } from './command.ts';
export const serveCommand: Command = { help: { usage: '', summary: '', options: [] }, run: () => Promise.resolve(1) };
