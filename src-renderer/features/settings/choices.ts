import { precisions } from '../../../src-main/contract/recipe.ts';
import type { Settings } from '../../../src-main/contract/records.ts';
import { precisionTitles } from '../../state/titles.ts';

/** A setting that is one of a few words. */
export interface Choice<Name extends ChoiceName> {
  readonly label: string;
  readonly options: readonly { readonly value: Settings[Name]; readonly label: string }[];
}

export type ChoiceName = 'theme' | 'device' | 'precision';

export const choices: { readonly [Name in ChoiceName]: Choice<Name> } = {
  theme: {
    label: 'Theme',
    options: [
      { value: 'system', label: 'System' },
      { value: 'dark', label: 'Dark' },
      { value: 'light', label: 'Light' },
    ],
  },
  device: {
    label: 'Device',
    options: [
      { value: 'auto', label: 'Automatic' },
      { value: 'gpu', label: 'GPU' },
      { value: 'cpu', label: 'CPU' },
    ],
  },
  precision: {
    label: 'Precision',
    options: precisions.map((value) => ({ value, label: precisionTitles[value] })),
  },
};

export const syntaxes: readonly { readonly value: Settings['promptSyntax']; readonly label: string }[] = [
  { value: 'a1111', label: 'A1111: (words:1.1)' },
  { value: 'comfy', label: 'ComfyUI: (words:1.1)' },
  { value: 'compel', label: 'Compel: (words)1.1' },
  { value: 'plain', label: 'Plain text' },
];

/** The parts of the page, in order. */
export const sections = [
  { name: 'look', title: 'Look', about: 'How the window looks on this computer.' },
  {
    name: 'device',
    title: 'Device',
    about: 'What computes the pictures. Automatic takes the fastest device that computes correctly.',
  },
  { name: 'precision', title: 'Precision', about: 'How exactly a CPU computes. It is part of a picture’s recipe.' },
  {
    name: 'memory',
    title: 'Memory',
    about: 'A picture that needs more is refused before it starts, and you are told how much is missing.',
  },
  { name: 'prompts', title: 'Prompts', about: 'How new documents read weights, and what is recorded while a picture is drawn.' },
  { name: 'folders', title: 'Folders', about: 'Nothing leaves this computer.' },
  { name: 'shortcuts', title: 'Shortcuts', about: 'Click the keys of an action and press new ones. Escape leaves them as they are.' },
] as const;
