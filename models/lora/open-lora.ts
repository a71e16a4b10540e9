import { readAddOn, type AddOnFile } from '../add-on/add-on-file.ts';
import { requireTextWidth, wrongAddOn, type BaseModel } from '../add-on/identify.ts';
import { addOnRefusal } from '../add-on/refusal.ts';
import { fileName } from '../checkpoint/file-name.ts';
import { listNames, refusal } from '../checkpoint/refusal.ts';
import type { ComponentName, ModelComponent, ModelIo, WeightLocation } from '../checkpoint/types.ts';
import { loraKeyTable, type LoraTarget } from './key-table.ts';
import { kindOf, rankOf, type LoraModule } from './module.ts';
import { isXlLora, loraTextWidth, otherLoraFamily } from './other-family.ts';
import { splitName, type PartName } from './parts.ts';
import { peftScales, type PeftScale } from './peft-metadata.ts';
import { fitsWeight } from './shapes.ts';

/** A LoRA file for one model, by its headers. */
export interface LoraDescription {
  readonly path: string;
  readonly modules: readonly LoraModule[];
  /** Words that call it up in a prompt, where the file names them. */
  readonly triggers: readonly string[];
  /** Names of tensors that this model has no place for. */
  readonly unmatched: readonly string[];
  readonly notes: readonly string[];
}

/** The model a LoRA is to change. */
export interface PatchedModel extends BaseModel {
  readonly components: Readonly<Partial<Record<ComponentName, ModelComponent>>>;
}

interface Group {
  readonly target: LoraTarget;
  readonly parts: Map<PartName, WeightLocation>;
  readonly names: string[];
}

/**
 * Opens a LoRA of any known naming and kind: matches its tensors to the model's weights and checks their shapes. Alphas are read, no
 * other values. Throws AppError for what it is not, for another family, and for shapes that do not fit.
 */
export async function openLora(path: string, model: PatchedModel, io: ModelIo): Promise<LoraDescription> {
  const file = await readAddOn(path, 'pytorch_lora_weights', io);
  refuseRotations(file);
  const { groups, unmatched, isLora } = groupTensors(file, model);
  if (!isLora) throw wrongAddOn(file.path, file.tensors, 'a LoRA');
  if (groups.length === 0) throw noneFits(file, model);
  requireFamily(file, model);
  const [first] = file.tensors.values();
  const { metadata } = await io.header(first!.file);
  const scales = peftScales(metadata);
  const modules: LoraModule[] = [];
  const broken: string[] = [];
  const misshapen: string[] = [];
  for (const group of groups) {
    const module = await loraModule(file.path, group, { model, io, scales });
    if (!module) broken.push(...group.names);
    else if (fitsWeight(module)) modules.push(module);
    else misshapen.push(`${group.target.module}: the weight is [${module.shape.join(', ')}], the LoRA's tensors are ${partShapes(module)}`);
  }
  if (misshapen.length > 0) {
    const sentence = `${misshapen.length} of the ${groups.length} layers of this LoRA do not fit the model: ${listNames(misshapen, 2)}.`;
    throw refusal('wrongShapes', file.path, sentence, { wrong: misshapen.slice(0, 50) });
  }
  if (broken.length > 0) {
    const sentence = `This LoRA lacks tensors: expected both factors of each layer, found ${listNames(broken, 3)} alone.`;
    throw refusal('missingTensors', file.path, sentence, { names: broken.slice(0, 50) });
  }
  const triggers = [metadata.get('modelspec.trigger_phrase'), metadata.get('trigger')].filter((text) => text !== undefined);
  return { path: file.path, modules, triggers, unmatched, notes: unmatchedNotes(file, unmatched) };
}

/** Orthogonal fine-tuning multiplies weights by rotations, which the programs that write such files do not agree on. */
function refuseRotations({ path, tensors }: AddOnFile): void {
  const name = [...tensors.keys()].find((key) => /\.(oft_blocks|oft_diag|b?oft_R|boft_s)(\.[^.]+)?$/.test(key));
  if (name === undefined) return;
  const isButterfly = name.includes('boft') || tensors.get(name)!.shape.length === 4;
  const sentence = `This is ${isButterfly ? 'a BOFT' : 'an OFT'} file (${name}), which turns weights instead of adding to them; Strata runs LoRA, LoCon, LoHa, LoKr, GLoRA, DoRA, IA3 and whole differences. Merge it into its model with the program that made it.`;
  throw addOnRefusal('unsupportedAddOn', path, sentence, { got: isButterfly ? 'BOFT' : 'OFT' });
}

function groupTensors({ tensors }: AddOnFile, { components }: PatchedModel): { groups: Group[]; unmatched: string[]; isLora: boolean } {
  const names = Object.entries(components).map(([name, { weights }]) => [name, weights.keys()] as const);
  const table = loraKeyTable(Object.fromEntries(names));
  const groups = new Map<string, Group>();
  const unmatched: string[] = [];
  let isLora = false;
  for (const [name, entry] of tensors) {
    const split = splitName(name);
    isLora ||= split !== undefined && split.part !== 'ia3';
    const target = split && table.get(split.stem);
    if (!split || !target) {
      unmatched.push(name);
      continue;
    }
    const key = `${target.component} ${target.module}`;
    const group = groups.get(key) ?? { target, parts: new Map<PartName, WeightLocation>(), names: [] };
    groups.set(key, group);
    group.parts.set(split.part, entry);
    group.names.push(name);
  }
  return { groups: [...groups.values()], unmatched, isLora };
}

interface Surroundings {
  readonly model: PatchedModel;
  readonly io: ModelIo;
  readonly scales: PeftScale;
}

/** Undefined when tensors of the module are missing. */
async function loraModule(path: string, { target, parts }: Group, { model, io, scales }: Surroundings): Promise<LoraModule | undefined> {
  const kind = kindOf((part) => parts.has(part));
  const weights = model.components[target.component]!.weights;
  const shape = (weights.get(`${target.module}.weight`) ?? weights.get(`${target.module}.bias`))!.shape;
  if (kind === undefined) return undefined;
  const hasBias = weights.has(`${target.module}.bias`);
  const kept = hasBias ? parts : new Map([...parts].filter(([part]) => part !== 'upBias' && part !== 'diffBias'));
  const rank = rankOf(kind, (part) => parts.get(part)?.shape);
  const alpha = rank === undefined ? undefined : await readAlpha(path, target, parts.get('alpha'), io);
  const scale = rank === undefined ? 1 : alpha === undefined ? (scales(target, rank) ?? 1) : alpha / rank;
  const dora = parts.has('magnitude') ? 'peft' : parts.has('doraScale') ? 'lycoris' : undefined;
  return { ...target, kind, dora, scale, shape, parts: kept };
}

async function readAlpha(
  path: string,
  { module }: LoraTarget,
  location: WeightLocation | undefined,
  io: ModelIo,
): Promise<number | undefined> {
  if (!location) return undefined;
  const [alpha = NaN] = await io.values(location);
  if (Number.isFinite(alpha)) return alpha;
  const sentence = `The alpha of ${module} in this LoRA is no number: expected a finite one. The file is damaged; get it again.`;
  throw refusal('badConfig', path, sentence, { name: `${module}.alpha` });
}

function noneFits({ path, tensors }: AddOnFile, model: PatchedModel) {
  const family = otherLoraFamily(tensors) ?? (isXlLora(tensors) ? 'SDXL' : undefined);
  const details = { expected: model.family, got: family ?? 'unknown' };
  const sentence = family
    ? `This LoRA is made for ${family}: none of its ${tensors.size} tensors has a place in this model, which is ${model.family}.`
    : `None of the ${tensors.size} tensors of this LoRA has a place in this model, which is ${model.family}: ${listNames([...tensors.keys()], 2)}.`;
  return addOnRefusal('wrongFamily', path, sentence, details);
}

/** Names of SD1's and SDXL's layers overlap; the width of the text does not. */
function requireFamily({ path, tensors }: AddOnFile, model: PatchedModel): void {
  const width = loraTextWidth(tensors);
  if (width !== undefined) requireTextWidth(path, 'LoRA', width, model);
}

function unmatchedNotes({ path, tensors }: AddOnFile, unmatched: readonly string[]): string[] {
  if (unmatched.length === 0) return [];
  const name = fileName(path);
  return [
    `${unmatched.length} of the ${tensors.size} tensors of the LoRA ${name} have no place in this model: ${listNames(unmatched, 3)}.`,
  ];
}

function partShapes({ parts }: LoraModule): string {
  return [...parts].filter(([part]) => part !== 'alpha').map(([part, { shape }]) => `${part} [${shape.join(', ')}]`).join(' and '); // prettier-ignore
}
