import { openInversion } from '../../../models/textual-inversion/open-inversion.ts';
import type { ClipTokenizer } from '../../../models/tokenizer/clip-tokenizer.ts';
import { addInversion, inversionLayer, type InversionRows } from '../adapters/embedding/inversion-layer.ts';
import { modelFiles } from '../files.ts';
import type { LoadedModel, TextEncoderName, WeightLayer } from '../model/loaded-model.ts';
import { loadTokenizers } from '../model/tokenizers.ts';
import { goldenPath } from './models.ts';
import type { GoldenCase, GoldenContext } from './types.ts';

interface NamedInversion {
  readonly path: string;
  readonly token: string;
}

/** Adds the words of a case's textual inversions to a tokenizer. Returns the vector of each new token. */
export async function addCaseWords(
  { params }: GoldenCase,
  context: GoldenContext,
  model: LoadedModel,
  encoder: TextEncoderName,
  tokenizer: ClipTokenizer,
): Promise<InversionRows> {
  const widths = new Map(model.textEncoders.map((name) => [name, model.textConfig(name).width]));
  const rows = new Map<number, Float32Array>();
  for (const { path, token } of (params['textual_inversions'] ?? []) as readonly NamedInversion[]) {
    const file = await openInversion(goldenPath(context, path), { family: model.description.family, widths }, modelFiles);
    for (const [id, row] of await addInversion(file, [token], encoder, tokenizer)) rows.set(id, row);
  }
  return rows;
}

/** The vectors of a case over a text encoder. The ids that our tokenizer gives its texts are compared with those of the case. */
export async function caseInversions(
  goldenCase: GoldenCase,
  context: GoldenContext,
  model: LoadedModel,
  part: 'unet' | TextEncoderName,
): Promise<readonly WeightLayer[]> {
  if (part === 'unet') return [];
  const tokenizer = (await loadTokenizers(model.description)).get(part)!;
  const rows = await addCaseWords(goldenCase, context, model, part, tokenizer);
  const texts = (goldenCase.params['texts'] ?? []) as readonly string[];
  if (texts.length > 0) {
    const ids = texts.flatMap((text) => [...tokenizer.pad(tokenizer.encode(text))]);
    context.expectText('token ids', [...context.input('input_ids').data].join(), ids.join());
  }
  const layer = inversionLayer(rows, model.textConfig(part).width);
  return layer ? [layer] : [];
}
