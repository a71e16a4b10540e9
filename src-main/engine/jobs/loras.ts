import { floatTensor, type Tensor } from '../../../kernels/tensor.ts';
import { loraInputNames } from '../../../models/lora/gates.ts';
import type { Recipe } from '../../contract/recipe.ts';
import type { Grid } from '../../core/regions/mask.ts';
import { maskAt } from '../../core/regions/pool.ts';
import { loraLayer } from '../adapters/lora/lora-layer.ts';
import type { OpenLora } from '../adapters/lora/open-loras.ts';
import { levelGrids } from '../attention/levels.ts';
import { isActive, type LayerMask, type StackJob } from '../attention/stack-inputs.ts';
import type { LoadedModel, WeightLayer } from '../model/loaded-model.ts';

export interface UnetLoras {
  readonly layers: readonly WeightLayer[];
  /** Masks of regional LoRAs, 0 where their region does not act at the step. */
  stepInputs(step: number, steps: number): ReadonlyMap<string, Tensor>;
}

export interface UnetLoraOptions {
  readonly recipe: Recipe;
  readonly loras: readonly OpenLora[];
  readonly model: LoadedModel;
  readonly job: StackJob;
  readonly latents: Grid;
  readonly regionMasks: readonly LayerMask[];
}

/** Lays a job's LoRAs over the UNet: those of a region act on its pixels, and on the keys and values of its own prompts. */
export function unetLoras({ recipe, loras, model, job, latents, regionMasks }: UnetLoraOptions): UnetLoras {
  const active = loras.map((lora) => ({ lora, strength: lora.strength, isGated: lora.region !== undefined }));
  const regional = loras.flatMap((lora) => (lora.region === undefined ? [] : [{ lora, region: lora.region }]));
  const tokens = new Map(regional.map(({ lora, region }) => [loraInputNames.tokens(lora.id), ownTokens(job, region, lora.strength)]));
  const layer = loraLayer('unet', active, tokens);
  const grids = levelGrids(latents, model.unetConfig.blockOutChannels.length);
  const on = new Map(regional.map(({ lora, region }) => [lora.id, maskInputs(lora, grids, regionMasks[region]!)]));
  const off = new Map(regional.map(({ lora }) => [lora.id, maskInputs({ ...lora, strength: 0 }, grids, undefined)]));
  return {
    layers: layer ? [layer] : [],
    stepInputs: (step, steps) =>
      new Map(
        regional.flatMap(({ lora, region }) => {
          const acts = isActive(recipe.regions[region]!.range, step, steps);
          return (acts ? on : off).get(lora.id)!;
        }),
      ),
  };
}

/** Strength on the tokens of the region's prompts, 0 elsewhere: [B, T, 1]. */
function ownTokens({ stack, batch, tokens }: StackJob, region: number, strength: number): Tensor {
  const gate = floatTensor([batch, tokens, 1]);
  for (const layer of stack.layers) {
    if (layer.kind !== 'regional' || !isOf(layer.id, region)) continue;
    for (const row of layer.rows) gate.data.fill(strength, row * tokens + layer.start, row * tokens + layer.end);
  }
  return gate;
}

/** The ids that the prompts of a region have on the attention stack. */
function isOf(id: string, region: number): boolean {
  return [`region ${region + 1}`, `negative of region ${region + 1}`, `automatic negative of region ${region + 1}`].includes(id);
}

/** Strength times mask at every level, area-averaged, for tokens that are pixels and for images. */
function maskInputs({ id, strength }: OpenLora, grids: readonly Grid[], mask: LayerMask | undefined): [string, Tensor][] {
  return grids.flatMap((grid): [string, Tensor][] => {
    const { height, width } = grid;
    const data = mask ? maskAt(mask.mask, grid, 'mean').data.map((value) => value * strength) : new Float32Array(height * width); // prettier-ignore
    return [
      [loraInputNames.pixels(id, grid), floatTensor([1, height * width, 1], data)],
      [loraInputNames.plane(id, grid), floatTensor([1, 1, height, width], data)],
    ];
  });
}
