import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

const thing = z.object({
  kind: z.string(),
  colour: z.string(),
  /** Where it was asked to be; missing where that was left open. */
  place: z.enum(['left', 'right', 'top', 'bottom']).optional(),
});

const promptCase = z.object({
  seed: z.number().int().nonnegative(),
  prompt: z.string(),
  things: z.array(thing),
  background: z.string(),
  /** Painted parts from the top to the bottom of the page; `x` and `width` are shares of its width. */
  regions: z.array(z.object({ x: z.number(), width: z.number(), prompt: z.string() })).default([]),
});

const promptListSchema = z.object({ measures: z.record(z.string(), z.array(promptCase)) });

const scene = z.object({
  seed: z.number().int().nonnegative(),
  prompt: z.string(),
  background: z.string(),
  style: z.string(),
  things: z.array(thing),
});

const sceneListSchema = z.object({
  /** Of one drawing in pixels, and how many lie side by side on a sheet. */
  side: z.number().int().positive(),
  columns: z.number().int().positive(),
  /** The judge's answers in their order. */
  kinds: z.array(z.string()),
  colours: z.array(z.string()),
  backgrounds: z.array(z.string()),
  single: z.array(scene),
  mixed: z.array(scene),
});

export type PromptCase = z.output<typeof promptCase>;
export type PromptList = z.output<typeof promptListSchema>;
export type Scene = z.output<typeof scene>;
export type SceneList = z.output<typeof sceneListSchema>;

export interface Lists {
  readonly prompts: PromptList;
  readonly scenes: SceneList;
  /** Where the sheets of the scenes lie. */
  readonly sceneFolder: string;
}

/**
 * The lists of a folder, or a file of prompts alone with the scenes of this folder.
 * @param path a folder with `prompts.json` and perhaps `scenes.json`, or a list of prompts
 */
export function readLists(path: string = import.meta.dirname): Lists {
  const isFolder = statSync(path).isDirectory();
  const folder = isFolder ? path : dirname(path);
  const sceneFolder = isFolder && existsSync(join(folder, 'scenes.json')) ? folder : import.meta.dirname;
  return {
    prompts: promptListSchema.parse(readJson(isFolder ? join(folder, 'prompts.json') : path)),
    scenes: sceneListSchema.parse(readJson(join(sceneFolder, 'scenes.json'))),
    sceneFolder,
  };
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}
