import { parseEmphasis } from './a1111-emphasis.ts';
import { promptAtStep } from './a1111-schedule.ts';
import type { ParsedPrompt, PromptLora, PromptPart } from './ast.ts';

/** The step, counted from 1, for which a prompt that edits itself is read; the first of two unless stated. */
export interface PromptMoment {
  readonly step: number;
  readonly steps: number;
}

const network = /<(\w+):([^<>]+)>/g;
const partWeight = /^([\s\S]*?)(?:\s*:\s*([-+]?(?:\d+\.?|\d*\.\d+)))?\s*$/;

/**
 * Reads A1111's syntax: emphasis, BREAK, AND with weights, prompt editing and `<lora:name:weight>`. AND is looked for before prompt editing, so that
 * there are as many parts at each step. Never throws.
 */
export function parseA1111(source: string, moment: PromptMoment = { step: 1, steps: 2 }): ParsedPrompt {
  const notes: string[] = [];
  const { text, loras } = takeNetworks(source, notes);
  const texts = text.split(/\bAND\b/);
  const parts = texts.map((part) => parsePart(part, texts.length > 1, moment));
  return { syntax: 'a1111', combine: parts.length > 1 ? 'composable' : 'single', normalise: false, parts, loras, notes };
}

function parsePart(text: string, isOneOfSeveral: boolean, { step, steps }: PromptMoment): PromptPart {
  const match = isOneOfSeveral ? partWeight.exec(text) : undefined;
  const sections = promptAtStep(match?.[1] ?? text, step, steps)
    .split(/\bBREAK\b/)
    .map((section, _, all) => ({ fragments: parseEmphasis(all.length > 1 ? section.trim() : section) }));
  return { weight: match?.[2] === undefined ? 1 : Number(match[2]), sections };
}

/** The text without its LoRAs, as it is read: `<lora:name:weight>` and `<lyco:…>` leave nothing behind. */
export function withoutA1111Loras(source: string): string {
  return source.replace(network, (whole, kind: string) => (isLora(kind) ? '' : whole));
}

function isLora(kind: string): boolean {
  return kind === 'lora' || kind === 'lyco';
}

function takeNetworks(source: string, notes: string[]): { text: string; loras: PromptLora[] } {
  const loras: PromptLora[] = [];
  const text = source.replace(network, (whole, kind: string, rest: string) => {
    const [name = '', ...weights] = rest.split(':').map((item) => item.trim());
    if (!isLora(kind)) {
      notes.push(`${whole} is not supported and was left out.`);
      return '';
    }
    const [weight = 1, unetWeight] = weights.map(Number).filter(Number.isFinite);
    // With two numbers A1111 takes the first for the text encoder and the second for the UNet.
    loras.push(unetWeight === undefined ? { name, weight } : { name, weight: unetWeight, textWeight: weight });
    return '';
  });
  return { text, loras };
}
