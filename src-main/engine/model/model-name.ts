const commonNames =
  /^(diffusion_pytorch_model|model|pytorch_model|pytorch_lora_weights|ip_adapter|learned_embeds)(\.fp16)?\.(safetensors|bin|onnx)$/i;

/**
 * What people call a model: the name of its file or folder. Where a file has the name that all such files have, that of its folder, as
 * downloads of ControlNets do (`control_v11p_sd15_canny/diffusion_pytorch_model.safetensors`). Paths of any system.
 */
export function modelName(path: string): string {
  const parts = path.split(/[/\\]/).filter((part) => part !== '');
  const own = parts.at(-1) ?? path;
  return commonNames.test(own) ? (parts.at(-2) ?? own) : own;
}
