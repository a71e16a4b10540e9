/** Kinds of control file that are known and not supported, by a tensor's name. */
export const unsupportedControls: readonly { readonly mark: RegExp; readonly is: string; readonly why: string }[] = [
  {
    mark: /^(control_model\.)?(task_embedding$|control_add_embedding\.|transformer_layes\.|spatial_ch_projs\.)/,
    is: 'a ControlNet Union',
    why: 'such files hold several controls in one and are not supported yet. Choose the ControlNet of one control',
  },
  {
    mark: /(^|\.)lora_controlnet$/,
    is: 'a Control-LoRA',
    why: 'such files hold only differences of low rank and are not supported yet. Choose the full ControlNet',
  },
  {
    mark: /^lllite_/,
    is: 'a ControlNet-LLLite',
    why: 'it changes single attention layers and is not supported. Choose an ordinary ControlNet',
  },
];

/** Why a control file cannot be used, as a sentence; undefined for files that may be ordinary ones. */
export function unsupportedControl(names: Iterable<string>): { readonly is: string; readonly sentence: string } | undefined {
  const all = [...names];
  const known = unsupportedControls.find(({ mark }) => all.some((name) => mark.test(name)));
  return known && { is: known.is, sentence: `This is ${known.is}: ${known.why}.` };
}
