import type { ClipVisionDescription } from '../../../models/clip-vision/open-clip-vision.ts';
import { openControlNet, type ControlNetDescription } from '../../../models/controlnet/open-controlnet.ts';
import { openIpAdapter, type IpAdapterDescription } from '../../../models/ip-adapter/open-ip-adapter.ts';
import { openT2iAdapter, type T2iAdapterDescription } from '../../../models/t2i-adapter/open-t2i-adapter.ts';
import type { ModelDescription, WeightMap } from '../../../models/checkpoint/types.ts';
import { unetConfig } from '../../../models/unet/config.ts';
import type { Recipe, RecipeControl, RecipeReference } from '../../contract/recipe.ts';
import { modelFiles } from '../files.ts';
import type { AddOnName } from '../model/loaded-model.ts';
import { addOnPath } from './add-on-path.ts';
import { controlAddOn } from './control/controlnet-run.ts';
import { fileIdentity } from './file-identity.ts';
import { requireFinite } from './finite-weights.ts';
import { checkInversions, openInversions, type OpenInversion } from './embedding/open-inversions.ts';
import { checkLoras, openLoras, type OpenLora } from './lora/open-loras.ts';
import { findImageEncoder } from './reference/find-encoder.ts';

/** A control of the recipe with its opened file; `source` is the one that holds its weights. */
export type OpenControl = { readonly recipe: RecipeControl; readonly identity: string; readonly source: string } & (
  | { readonly kind: 'controlnet'; readonly file: ControlNetDescription }
  | { readonly kind: 't2i-adapter'; readonly file: T2iAdapterDescription }
);

/** A reference of the recipe or of one of its regions, with its opened files. */
export interface OpenReference {
  readonly id: string;
  readonly recipe: RecipeReference;
  /** Index of the region it belongs to. */
  readonly region: number | undefined;
  /** Says which files these are, and changes when they do. */
  readonly identity: string;
  readonly encoderIdentity: string;
  /** The file that holds the adapter's weights. */
  readonly source: string;
  readonly adapter: IpAdapterDescription;
  readonly encoder: ClipVisionDescription;
}

/** The files that a recipe adds to its model, opened by their headers. */
export interface AddOns {
  readonly controls: readonly OpenControl[];
  readonly references: readonly OpenReference[];
  readonly loras: readonly OpenLora[];
  readonly inversions: readonly OpenInversion[];
}

export const noAddOns: AddOns = { controls: [], references: [], loras: [], inversions: [] };

/**
 * Opens the recipe's add-ons for its model; controls and references that never act are left out. Throws AppError for a file that is
 * missing, broken, not what it should be, or made for another model.
 */
export async function openAddOns(recipe: Recipe, description: ModelDescription): Promise<AddOns> {
  const controls: OpenControl[] = [];
  for (const control of recipe.controls)
    if (actsEver(control.strength, control.range)) controls.push(await openControl(control, description));
  const references: OpenReference[] = [];
  const opened = new Map<string, ReferenceFiles>();
  for (const { reference, region, id } of allReferences(recipe)) {
    const search = { kind: 'ip-adapter' as const, name: reference.model, modelPath: description.path, sha256: reference.sha256 };
    const path = await addOnPath(search, modelFiles);
    const files = opened.get(path) ?? (await openReferenceFiles(path, description));
    opened.set(path, files);
    references.push({ id, recipe: reference, region, ...files });
  }
  return { controls, references, loras: await openLoras(recipe, description), inversions: await openInversions(recipe, description) };
}

/**
 * Reads all weights of the add-ons through, so that a damaged file is told before anything is drawn. Throws AppError `nonFiniteWeights`.
 * @param checkpoint awaited before each file, since large ones take seconds
 */
export async function checkAddOns({ controls, references, loras, inversions }: AddOns, checkpoint: () => Promise<void>): Promise<void> {
  for (const { kind, file, identity } of controls) {
    await checkpoint();
    await requireFinite(file.path, kind === 'controlnet' ? 'ControlNet' : 'T2I-Adapter', identity, file.weights);
  }
  for (const { adapter, encoder, identity, encoderIdentity } of references) {
    await checkpoint();
    await requireFinite(adapter.path, 'IP-Adapter', identity, new Map([...adapter.projectionWeights, ...adapter.layerWeights]));
    await checkpoint();
    await requireFinite(encoder.path, 'image encoder', encoderIdentity, encoder.weights);
  }
  await checkLoras(loras);
  await checkInversions(inversions);
}

/** Names under which the networks of these add-ons are compiled. */
export function addOnNames({ controls }: AddOns): Set<AddOnName> {
  return new Set(controls.map(({ file }) => controlAddOn(file.path)));
}

function allReferences(
  recipe: Recipe,
): { readonly reference: RecipeReference; readonly region: number | undefined; readonly id: string }[] {
  const global = recipe.references.map((reference, i) => ({ reference, region: undefined, id: `reference ${i + 1}` }));
  const local = recipe.regions.flatMap(({ references }, region) =>
    references.map((reference, i) => ({ reference, region, id: `reference ${i + 1} of region ${region + 1}` })),
  );
  return [...global, ...local].filter(({ reference }) => actsEver(reference.weight, reference.range));
}

/** What never acts is not opened, so that the picture is that of a recipe without it. */
function actsEver(strength: number, [begin, end]: readonly [number, number]): boolean {
  return strength !== 0 && begin < end;
}

async function openControl(recipe: RecipeControl, description: ModelDescription): Promise<OpenControl> {
  const { kind, sha256 } = recipe;
  const path = await addOnPath({ kind, name: recipe.model, modelPath: description.path, sha256 }, modelFiles);
  const base = baseOf(description);
  if (kind === 'controlnet') {
    const file = await openControlNet(path, { ...base, unet: description.components.unet!.config }, modelFiles);
    return { recipe, identity: await fileIdentity(path, file.weights), source: sourceOf(file.path, file.weights), kind, file };
  }
  const file = await openT2iAdapter(path, base, modelFiles);
  return { recipe, identity: await fileIdentity(path, file.weights), source: sourceOf(file.path, file.weights), kind, file };
}

type ReferenceFiles = Pick<OpenReference, 'adapter' | 'encoder' | 'identity' | 'encoderIdentity' | 'source'>;

async function openReferenceFiles(path: string, description: ModelDescription): Promise<ReferenceFiles> {
  const adapter = await openIpAdapter(path, baseOf(description), modelFiles);
  const encoder = await findImageEncoder(adapter, modelFiles);
  const identity = await fileIdentity(path, adapter.layerWeights);
  const source = sourceOf(path, adapter.layerWeights);
  return { adapter, encoder, identity, source, encoderIdentity: await fileIdentity(encoder.path, encoder.weights) };
}

function sourceOf(path: string, weights: WeightMap): string {
  const [first] = weights.values();
  return first?.file ?? path;
}

function baseOf({ family, vaeFactor, components }: ModelDescription) {
  const unet = unetConfig(components.unet?.config);
  return { family, vaeFactor, unet, textWidth: unet.crossAttentionDim, blockOutChannels: unet.blockOutChannels };
}
