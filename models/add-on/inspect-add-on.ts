import type { FileEntry } from '../checkpoint/component-weights.ts';
import { familyByTextWidth } from '../checkpoint/detect.ts';
import { adapterKinds, partKinds } from '../checkpoint/foreign-kinds.ts';
import type { ModelFamily, ModelIo } from '../checkpoint/types.ts';
import { unsupportedControl } from '../controlnet/unsupported.ts';
import { faceIdSentence, isFaceId } from '../ip-adapter/infer-projection.ts';
import { readAddOn } from './add-on-file.ts';

/** What an add-on is, told without a model that it is for. */
export interface AddOnInfo {
  /** Of foreign-kinds.ts: lora, controlnet, t2i-adapter, ip-adapter, textual-inversion, clip-vision. */
  readonly kind: string;
  /** The family it is made for, where its layers tell. */
  readonly family: ModelFamily | undefined;
  readonly bytes: number;
  /** Why Strata cannot use it, as a sentence. */
  readonly problem: string | undefined;
}

/** Layers whose second size is the width of the family's text. */
const textLayer = /(\.attn2\.to_k\.weight|to_k_ip(\.0)?\.weight)$/;

/** Recognises an add-on's file or folder by its tensors; undefined for what is none. Throws AppError for a file that cannot be read. */
export async function inspectAddOn(path: string, io: ModelIo): Promise<AddOnInfo | undefined> {
  const { tensors } = await readAddOn(path, 'diffusion_pytorch_model', io);
  const kind = [...adapterKinds, ...partKinds].find((candidate) => candidate.matches(tensors))?.kind;
  const bytes = [...tensors.values()].reduce((sum, entry) => sum + entry.bytes, 0);
  const control = unsupportedControl(tensors.keys());
  if (control) return { kind: 'controlnet', family: familyOf(tensors), bytes, problem: control.sentence };
  if (kind === undefined) return undefined;
  const problem = kind === 'ip-adapter' && isFaceId([...tensors.keys()]) ? faceIdSentence : undefined;
  return { kind, family: kind === 't2i-adapter' ? familyOfT2i(tensors) : familyOf(tensors), bytes, problem };
}

function familyOf(tensors: ReadonlyMap<string, FileEntry>): ModelFamily | undefined {
  for (const [name, { shape }] of tensors) if (textLayer.test(name)) return familyByTextWidth.get(shape[1] ?? 0);
  return undefined;
}

/** XL adapters read blocks of 16 x 16 pixels, others of 8 x 8. */
function familyOfT2i(tensors: ReadonlyMap<string, FileEntry>): ModelFamily {
  const entering = (tensors.get('adapter.conv_in.weight') ?? tensors.get('conv_in.weight'))?.shape[1] ?? 0;
  return entering % 256 === 0 ? 'sdxl' : 'sd1';
}
