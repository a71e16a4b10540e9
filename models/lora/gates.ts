import { multiply } from '../../kernels/binary/op.ts';
import { concat } from '../../kernels/concat/op.ts';
import { Scope, type GraphBuilder } from '../../kernels/graph/builder.ts';
import { image, plain, tokens, type Graph, type Node, type Value, type ValueType } from '../../kernels/graph/graph.ts';
import { toTokensOperation } from '../../kernels/layout/op.ts';

/** Thin layers of one LoRA among those that are stacked. */
export interface JoinedPart {
  readonly id: string;
  readonly rank: number;
  readonly scale: number;
}

interface Grid {
  readonly height: number;
  readonly width: number;
}

/** Names of the inputs that a graph with side paths takes. */
export const loraInputNames = {
  /** The strength, [1, 1 …] of that rank. */
  strength: (id: string, rank: number) => `lora.strength.${id}.${rank}`,
  /** Regional: strength times mask for tokens that are pixels, [1, H*W, 1]. */
  pixels: (id: string, { height, width }: Grid) => `lora.pixels.${id}.${height}x${width}`,
  /** Regional: the same for images, [1, 1, H, W]. */
  plane: (id: string, { height, width }: Grid) => `lora.plane.${id}.${height}x${width}`,
  /** Regional: strength for the region's own text, 0 for the rest, [B, T, 1]. */
  tokens: (id: string) => `lora.tokens.${id}`,
} as const;

/** Whether an input stays the same for all steps: all but the masks, which follow the region's range of steps. */
export function isInvariantLoraInput(name: string): boolean {
  return name.startsWith('lora.strength.') || name.startsWith('lora.tokens.');
}

/** The gates of side paths, made once for each LoRA, place and factor. */
export class LoraGates {
  readonly #builder: GraphBuilder;
  readonly #inputs = new Map<string, Value>();
  readonly #gates = new Map<string, Value>();
  /** Heights and widths of token values that came from an image: never guessed from a length. */
  readonly #grids = new Map<number, Grid>();

  constructor(builder: GraphBuilder, graph: Graph) {
    this.#builder = builder;
    for (const value of graph.inputs) this.#inputs.set(value.name, value);
  }

  /** Carries grids from a node's inputs to its outputs. */
  follow({ op, inputs, outputs }: Node): void {
    for (const output of outputs) {
      if (output.layout === 'image') continue;
      const grid = op === toTokensOperation.name ? gridOfImage(inputs[0]!) : this.#inherited(inputs, output);
      if (grid) this.#grids.set(output.id, grid);
    }
  }

  /** What the path of a LoRA beside a layer with this output is multiplied by; undefined where a regional LoRA does not act. */
  gate(lora: { readonly id: string; readonly isRegional: boolean }, output: Value, factor: number): Value | undefined {
    const input = lora.isRegional ? this.#regional(lora.id, output) : this.#everywhere(lora.id, output);
    if (!input || factor === 1) return input;
    const key = `${input.name} ${factor}`;
    const known = this.#gates.get(key);
    if (known) return known;
    const scope = new Scope(this.#builder, `${input.name}.times.${factor}`);
    const ones = input.shape.map(() => 1);
    const type: ValueType = input.layout === 'image' ? image(1, 1, 1, 1) : plain(...ones);
    const gate = multiply(scope, input, this.#builder.constant(`${scope.path}.factor`, type, Float32Array.of(factor)));
    this.#gates.set(key, gate);
    return gate;
  }

  /** The same for several LoRAs whose thin layers are stacked: one factor for each of their inner channels, [1, 1, R] or [1, R, 1, 1]. */
  joined(parts: readonly JoinedPart[], output: Value): Value {
    const isImage = output.layout === 'image';
    const key = `${parts.map(({ id, rank, scale }) => `${id} ${rank} ${scale}`).join(' + ')} ${isImage ? 'image' : output.shape.length}`;
    const known = this.#gates.get(key);
    if (known) return known;
    const factors = parts.map(({ id, rank, scale }) => {
      const strength = this.#everywhere(id, output);
      const scope = new Scope(this.#builder, `${strength.name}.of.${rank}.times.${scale}`);
      const type: ValueType = isImage ? image(1, rank, 1, 1) : plain(...strength.shape.slice(1), rank);
      return multiply(scope, strength, this.#builder.constant(`${scope.path}.factors`, type, new Float32Array(rank).fill(scale)));
    });
    const axis = isImage ? 1 : output.shape.length - 1;
    const gate = concat(new Scope(this.#builder, `lora.strength.joined.${this.#gates.size}`), factors, axis);
    this.#gates.set(key, gate);
    return gate;
  }

  #everywhere(id: string, { layout, shape }: Value): Value {
    const type = layout === 'image' ? image(1, 1, 1, 1) : plain(...shape.map(() => 1));
    return this.#input(loraInputNames.strength(id, shape.length), type);
  }

  #regional(id: string, output: Value): Value | undefined {
    if (output.layout === 'image') {
      const grid = gridOfImage(output);
      return this.#input(loraInputNames.plane(id, grid), image(1, 1, grid.height, grid.width));
    }
    const grid = this.#grids.get(output.id);
    if (grid) return this.#input(loraInputNames.pixels(id, grid), tokens(1, grid.height * grid.width, 1));
    if (output.layout !== 'tokens') return undefined;
    return this.#input(loraInputNames.tokens(id), tokens(output.shape[0]!, output.shape[1]!, 1));
  }

  #inherited(inputs: readonly Value[], output: Value): Grid | undefined {
    const source = inputs.find(({ id, shape }) => this.#grids.has(id) && shape[1] === output.shape[1]);
    return source && this.#grids.get(source.id);
  }

  #input(name: string, type: ValueType): Value {
    const known = this.#inputs.get(name);
    if (known) return known;
    const value = this.#builder.input(name, type);
    this.#inputs.set(name, value);
    return value;
  }
}

function gridOfImage({ shape }: Value): Grid {
  return { height: shape[2]!, width: shape[3]! };
}
