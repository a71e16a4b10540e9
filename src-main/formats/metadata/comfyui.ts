import type { RecipeInput } from '../../contract/recipe.ts';
import { integerWithin, numberWithin, sizeWithin, unmatchedEntry, type ImportedRecipe } from './imported-recipe.ts';
import { isObject, jsonObject, own } from './json.ts';
import { samplerFromComfy, scheduleFromComfy } from './sampler-names.ts';

interface ComfyNode {
  readonly id: string;
  readonly type: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

const longestChain = 64;

/** Reads ComfyUI's `prompt` text: the graph of nodes that was run. Undefined when there is no sampler node to start from. */
export function readComfyPrompt(text: string): ImportedRecipe | undefined {
  const graph = jsonObject(text);
  if (!graph) return undefined;
  return new ComfyReader(graph).read();
}

/** Follows the links backwards from the first sampler node; every node it understands is taken off the list of unmatched ones. */
class ComfyReader {
  readonly #nodes = new Map<string, ComfyNode>();
  readonly #used = new Set<string>();
  readonly #unmatched: string[] = [];

  constructor(graph: Readonly<Record<string, unknown>>) {
    for (const [id, node] of Object.entries(graph).slice(0, 5000)) {
      if (!isObject(node)) continue;
      const [type, inputs] = [own(node, 'class_type'), own(node, 'inputs')];
      if (typeof type === 'string' && isObject(inputs)) this.#nodes.set(id, { id, type, inputs });
    }
  }

  read(): ImportedRecipe | undefined {
    const sampler = [...this.#nodes.values()].find(({ type }) => type === 'KSampler' || type === 'KSamplerAdvanced');
    if (!sampler) return undefined;
    this.#used.add(sampler.id);
    const { modelName, loras } = this.#model(sampler);
    const recipe: Partial<RecipeInput> = {
      syntax: 'comfy',
      ...this.#settings(sampler),
      ...this.#latent(sampler),
      prompt: this.#text(sampler, 'positive'),
      negative: this.#text(sampler, 'negative'),
      ...(loras.length > 0 ? { loras } : {}),
    };
    for (const node of this.#nodes.values()) {
      if (!this.#used.has(node.id) && !ignoredTypes.has(node.type)) this.#unmatched.push(unmatchedEntry('node', node.type));
    }
    return { source: 'comfyui', recipe, ...(modelName === undefined ? {} : { modelName }), unmatched: this.#unmatched };
  }

  #settings({ inputs }: ComfyNode): Partial<RecipeInput> {
    const [samplerName, scheduleName] = [own(inputs, 'sampler_name'), own(inputs, 'scheduler')];
    const sampler = typeof samplerName === 'string' ? samplerFromComfy(samplerName) : undefined;
    const schedule = typeof scheduleName === 'string' ? scheduleFromComfy(scheduleName) : undefined;
    if (!sampler) this.#unmatched.push(unmatchedEntry('sampler_name', samplerName));
    if (!schedule) this.#unmatched.push(unmatchedEntry('scheduler', scheduleName));
    const denoise = numberWithin(this.#value(own(inputs, 'denoise')), 0, 1);
    if (denoise !== undefined && denoise < 1) this.#unmatched.push(unmatchedEntry('denoise', denoise));
    return defined({
      seed: integerWithin(this.#value(own(inputs, 'seed') ?? own(inputs, 'noise_seed')), 0, Number.MAX_SAFE_INTEGER),
      steps: integerWithin(this.#value(own(inputs, 'steps')), 1, 1000),
      guidance: numberWithin(this.#value(own(inputs, 'cfg')), 0, 50),
      sampler,
      schedule,
    });
  }

  #latent(sampler: ComfyNode): Partial<RecipeInput> {
    const node = this.#follow(own(sampler.inputs, 'latent_image'));
    if (node?.type !== 'EmptyLatentImage') return {};
    this.#used.add(node.id);
    const size = sizeWithin(this.#value(own(node.inputs, 'width')), this.#value(own(node.inputs, 'height')));
    return size ? { size } : {};
  }

  #model(sampler: ComfyNode): { modelName: string | undefined; loras: NonNullable<RecipeInput['loras']> } {
    const loras: NonNullable<RecipeInput['loras']> = [];
    let node = this.#follow(own(sampler.inputs, 'model'));
    for (let i = 0; node && i < longestChain; i++) {
      const name = own(node.inputs, 'ckpt_name') ?? own(node.inputs, 'unet_name');
      if (typeof name === 'string') {
        this.#used.add(node.id);
        return { modelName: name, loras };
      }
      const file = own(node.inputs, 'lora_name');
      if (typeof file === 'string') {
        this.#used.add(node.id);
        const weight = numberWithin(own(node.inputs, 'strength_model'), -10, 10) ?? 1;
        const textWeight = numberWithin(own(node.inputs, 'strength_clip'), -10, 10);
        loras.unshift({ file, weight, ...(textWeight === undefined ? {} : { textWeight }) });
      }
      node = this.#follow(own(node.inputs, 'model'));
    }
    return { modelName: undefined, loras };
  }

  /** The text at the end of a conditioning link; other conditioning nodes on the way stay in the list of unmatched ones. */
  #text(sampler: ComfyNode, input: 'positive' | 'negative'): string {
    let node = this.#follow(own(sampler.inputs, input));
    for (let i = 0; node && i < longestChain; i++) {
      const text = this.#value(own(node.inputs, 'text') ?? own(node.inputs, 'text_g'));
      if (node.type.startsWith('CLIPTextEncode') && typeof text === 'string') {
        this.#used.add(node.id);
        return text.slice(0, 20_000);
      }
      node = this.#follow(own(node.inputs, input) ?? own(node.inputs, 'conditioning') ?? own(node.inputs, 'conditioning_1'));
    }
    this.#unmatched.push(unmatchedEntry(input, 'no text found'));
    return '';
  }

  #follow(link: unknown): ComfyNode | undefined {
    return Array.isArray(link) && typeof link[0] === 'string' ? this.#nodes.get(link[0]) : undefined;
  }

  /** A value given in place or by a node that only holds one (primitive nodes). */
  #value(value: unknown): unknown {
    let current = value;
    for (let i = 0; i < longestChain && Array.isArray(current); i++) {
      const node = this.#follow(current);
      if (!node) return undefined;
      this.#used.add(node.id);
      current = ['value', 'text', 'string', 'seed', 'int', 'float'].map((key) => own(node.inputs, key)).find((item) => item !== undefined);
    }
    return current;
  }
}

const ignoredTypes: ReadonlySet<string> = new Set(['VAEDecode', 'SaveImage', 'PreviewImage', 'CLIPSetLastLayer', 'Note', 'MarkdownNote']);

/** Without the keys whose value is undefined. */
function defined(values: Record<string, unknown>): Partial<RecipeInput> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
