/** What a tensor of a LoRA file is in its module, whatever program named it. */
export type PartName =
  | 'down' | 'up' | 'mid' | 'upBias' | 'alpha' | 'doraScale' | 'magnitude'
  | 'hadaW1A' | 'hadaW1B' | 'hadaW2A' | 'hadaW2B' | 'hadaT1' | 'hadaT2'
  | 'lokrW1' | 'lokrW1A' | 'lokrW1B' | 'lokrW2' | 'lokrW2A' | 'lokrW2B' | 'lokrT2'
  | 'gloraA1' | 'gloraA2' | 'gloraB1' | 'gloraB2'
  | 'diff' | 'diffBias' | 'ia3' | 'ia3Factor' | 'onInput'; // prettier-ignore

/** Endings of the names and what they mean: kohya, PEFT, diffusers, LyCORIS. The first that fits counts. */
const endings: readonly (readonly [ending: RegExp, part: PartName])[] = [
  [/\.lora_down\.weight$/, 'down'],
  [/\.lora_up\.weight$/, 'up'],
  [/\.lora_mid\.weight$/, 'mid'],
  [/\.lora_up\.bias$/, 'upBias'],
  [/\.lora_A(\.(?!weight$)[^.]+)?\.weight$/, 'down'],
  [/\.lora_B(\.(?!weight$)[^.]+)?\.weight$/, 'up'],
  [/\.lora_B(\.(?!bias$)[^.]+)?\.bias$/, 'upBias'],
  [/(_lora|\.lora|\.lora_linear_layer)\.down\.weight$/, 'down'],
  [/(_lora|\.lora|\.lora_linear_layer)\.up\.weight$/, 'up'],
  [/\.lora_magnitude_vector(\.(?!weight$)[^.]+)?(\.weight)?$/, 'magnitude'],
  [/\.dora_scale$/, 'doraScale'],
  [/\.alpha$/, 'alpha'],
  [/\.hada_w1_a$/, 'hadaW1A'],
  [/\.hada_w1_b$/, 'hadaW1B'],
  [/\.hada_w2_a$/, 'hadaW2A'],
  [/\.hada_w2_b$/, 'hadaW2B'],
  [/\.hada_t1$/, 'hadaT1'],
  [/\.hada_t2$/, 'hadaT2'],
  [/\.lokr_w1$/, 'lokrW1'],
  [/\.lokr_w1_a$/, 'lokrW1A'],
  [/\.lokr_w1_b$/, 'lokrW1B'],
  [/\.lokr_w2$/, 'lokrW2'],
  [/\.lokr_w2_a$/, 'lokrW2A'],
  [/\.lokr_w2_b$/, 'lokrW2B'],
  [/\.lokr_t2$/, 'lokrT2'],
  [/\.a1\.weight$/, 'gloraA1'],
  [/\.a2\.weight$/, 'gloraA2'],
  [/\.b1\.weight$/, 'gloraB1'],
  [/\.b2\.weight$/, 'gloraB2'],
  [/\.(diff|w_norm)$/, 'diff'],
  [/\.(diff_b|b_norm)$/, 'diffBias'],
  [/\.on_input$/, 'onInput'],
  [/\.ia3_l(\.[^.]+)?$/, 'ia3Factor'],
  [/\.weight$/, 'ia3'],
];

/** A name as the stem of its module and what the tensor is in it; undefined for names that no known kind has. */
export function splitName(name: string): { readonly stem: string; readonly part: PartName } | undefined {
  for (const [ending, part] of endings) {
    const found = ending.exec(name);
    if (found && found.index > 0) return { stem: name.slice(0, found.index), part };
  }
  return undefined;
}
