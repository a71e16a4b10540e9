import { indexTensor } from '../../../kernels/tensor.ts';
import type { ClipTextOutput } from '../../../models/clip-text/clip-text.ts';
import type { TextEncoderName } from '../model/loaded-model.ts';
import { pooledPosition } from '../pipeline/text.ts';
import { caseWeights } from './case-weights.ts';
import { goldenModel } from './models.ts';
import type { GoldenCase, GoldenContext } from './types.ts';

/** Every hidden state of a text encoder, row by row. */
export async function checkTextEncoder(goldenCase: GoldenCase, context: GoldenContext): Promise<void> {
  const model = await goldenModel(context, goldenCase.params['model'] as string);
  const part = goldenCase.params['part'] as TextEncoderName;
  const config = model.textConfig(part);
  const outputs = new Map<string, ClipTextOutput>();
  for (const role of Object.keys(goldenCase.expected)) outputs.set(role, textOutput(role, config.layers));
  const { shape, data } = context.input('input_ids');
  const [rows, length] = shape as [number, number];
  const layers = await caseWeights(goldenCase, context, model, part);
  const executable = await model.text(part, { length, outputs: [...new Set(outputs.values())] }, layers);
  const found = new Map<ClipTextOutput, number[]>();
  for (let row = 0; row < rows; row++) {
    const ids = Int32Array.from(data.slice(row * length, (row + 1) * length) as BigInt64Array, Number);
    const positions = indexTensor([1], Int32Array.of(pooledPosition(ids, config.eosTokenId)));
    const results = await executable.run(
      new Map([
        ['input_ids', indexTensor([1, length], ids)],
        ['positions', positions],
      ]),
    );
    for (const [name, tensor] of results) found.set(name as ClipTextOutput, [...(found.get(name as ClipTextOutput) ?? []), ...tensor.data]);
  }
  for (const [role, output] of outputs) context.expect(role, Float32Array.from(found.get(output)!));
}

/** The golden roles by our names. Clip skip k is the layer k before the last one, through the final norm. */
function textOutput(role: string, layers: number): ClipTextOutput {
  const [kind, index] = role.split('.');
  if (kind === 'hidden') return `hidden.${Number(index)}`;
  if (kind === 'clip_skip') return `normed.${layers - Number(index)}`;
  if (kind === 'last_hidden_state') return 'last';
  return kind === 'pooler_output' ? 'pooled' : 'projected';
}
