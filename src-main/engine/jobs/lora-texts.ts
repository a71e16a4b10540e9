import { runsBeside, type OpenLora } from '../adapters/lora/open-loras.ts';

/** The LoRAs at an attention of the UNet, for a list of its layers: which projections they change, how strongly, and how. */
export function loraTexts(loras: readonly OpenLora[], site: string): string[] {
  return loras.flatMap(({ file, strength, region }) => {
    const own = file.modules.filter(({ component, module }) => component === 'unet' && module.startsWith(`${site}.`));
    if (own.length === 0) return [];
    const names = own.map(({ module }) => module.slice(site.length + 1)).join(', ');
    const where = region === undefined ? '' : ` in region ${region + 1}`;
    const how = own.every(runsBeside) || region !== undefined ? 'beside' : 'merged into';
    return [`lora "${file.path.replace(/^.*[/\\]/, '')}" at ${strength}${where}, ${how} ${names}`];
  });
}
