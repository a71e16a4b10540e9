import type { ElementType, Grid, Operand, WgslEmitter } from './emitter.ts';

type ParamType = 'u32' | 'i32' | 'f32';

/** A bound buffer: how to read it as f32 and how to write f32 to it. Indices count vectors of `width` elements. */
export interface BufferAccess {
  readonly name: string;
  readonly width: 1 | 2 | 4;
  readonly read: (index: string) => string;
  readonly write: (index: string, value: string) => string;
}

export interface ShaderBody {
  /** Invocations of a workgroup. */
  readonly threads: number;
  readonly grid: Grid;
  /** Module-scope code: functions, workgroup variables. */
  readonly declarations?: string;
  /** Body of the entry point, with `group`, `thread` and, with subgroups, `subgroup` and `lane` in scope. */
  readonly body: string;
  /** Pins the subgroup size and brings the matrix types into scope. */
  readonly subgroups?: { readonly size: number; readonly matrix: boolean };
}

/** Largest number of workgroups in one dimension that every device takes. */
export const maxGroups = 65_535;

/**
 * Collects the parts of one WGSL kernel and appends its launch. Sizes are uniform parameters, so that launches of all sizes share a
 * pipeline; what the loops must know when compiled is written into the code by the kernel.
 */
export class Shader {
  readonly #emit: WgslEmitter;
  readonly #name: string;
  readonly #params: { readonly name: string; readonly type: ParamType; readonly value: number }[] = [];
  readonly #bindings: { readonly name: string; readonly operand: Operand; readonly identity: string; readonly width: number }[] = [];
  readonly #writes = new Set<number>();

  constructor(emit: WgslEmitter, name: string) {
    this.#emit = emit;
    this.#name = name;
  }

  /** Adds a uniform number and gives the expression that reads it. */
  param(name: string, value: number, type: ParamType = 'u32'): string {
    this.#params.push({ name, type, value });
    return `p.${name}`;
  }

  /** Binds memory for reading. Memory bound before keeps its name: one launch may not bind writable memory twice. */
  read(name: string, operand: Operand, width: 1 | 2 | 4 = 1): BufferAccess {
    return this.#bind(name, operand, width, false);
  }

  /** Binds memory for writing. */
  write(name: string, operand: Operand, width: 1 | 2 | 4 = 1): BufferAccess {
    return this.#bind(name, operand, width, true);
  }

  /** Appends the launch. */
  finish({ threads, grid, declarations = '', body, subgroups }: ShaderBody): void {
    const usesHalf = this.#bindings.some(({ operand }) => this.#emit.typeOf(operand) === 'f16') || /\bf16\b/.test(declarations + body);
    const head = [
      ...(usesHalf ? ['enable f16;'] : []),
      ...(subgroups ? ['enable subgroups;', 'enable subgroup_size_control;', 'diagnostic(off, subgroup_uniformity);'] : []),
      ...(subgroups?.matrix ? ['enable chromium_experimental_subgroup_matrix;'] : []),
    ].toSorted((a, b) => Number(a.startsWith('diag')) - Number(b.startsWith('diag')));
    const builtins = ['@builtin(workgroup_id) group: vec3u', '@builtin(local_invocation_index) thread: u32'];
    if (subgroups) builtins.push('@builtin(subgroup_id) subgroup: u32', '@builtin(subgroup_invocation_id) lane: u32');
    const size = subgroups ? `@workgroup_size(${threads}) @subgroup_size(${subgroups.size})` : `@workgroup_size(${threads})`;
    const code = [
      ...head,
      `struct Params { ${this.#params.map(({ name, type }) => `${name}: ${type}`).join(', ')} }`,
      '@group(0) @binding(0) var<uniform> p: Params;',
      ...this.#bindings.map((binding, index) => this.#declare(binding, index)),
      declarations,
      `@compute ${size}`,
      `fn main(${builtins.join(', ')}) {`,
      body,
      '}',
    ];
    this.#emit.dispatch({
      kernel: this.#name,
      code: code.filter((line) => line !== '').join('\n'),
      bindings: this.#bindings.map(({ operand }) => operand),
      params: paramBits(this.#params),
      grid,
      writes: [...this.#writes],
    });
  }

  #bind(name: string, operand: Operand, width: 1 | 2 | 4, writes: boolean): BufferAccess {
    const identity = this.#emit.identity(operand);
    let index = this.#bindings.findIndex((binding) => binding.identity === identity);
    if (index < 0) index = this.#bindings.push({ name, operand, identity, width }) - 1;
    const binding = this.#bindings[index]!;
    if (binding.width !== width) throw new Error(`${this.#name}: ${name} is bound in vectors of ${binding.width} and of ${width}`);
    if (writes) this.#writes.add(index);
    const type = this.#emit.typeOf(operand);
    const wide = width === 1 ? 'f32' : `vec${width}f`;
    const narrow = vectorType(type, width);
    return {
      name: binding.name,
      width,
      read: (at) => (type === 'f16' ? `${wide}(${binding.name}[${at}])` : `${binding.name}[${at}]`),
      write: (at, value) => `${binding.name}[${at}] = ${type === 'f16' ? `${narrow}(${value})` : value};`,
    };
  }

  #declare({ name, operand, width }: { name: string; operand: Operand; width: number }, index: number): string {
    // Arena memory is bound read_write even where it is only read: one buffer may not be bound both ways in a launch.
    const access = operand.kind === 'weight' || operand.kind === 'table' ? 'read' : 'read_write';
    return `@group(0) @binding(${index + 1}) var<storage, ${access}> ${name}: array<${vectorType(this.#emit.typeOf(operand), width)}>;`;
  }
}

function vectorType(type: ElementType, width: number): string {
  return width === 1 ? type : `vec${width}<${type}>`;
}

function paramBits(params: readonly { readonly type: ParamType; readonly value: number }[]): Uint32Array {
  const bits = new Uint32Array(Math.ceil(Math.max(params.length, 1) / 4) * 4);
  const floats = new Float32Array(bits.buffer);
  params.forEach(({ type, value }, index) => {
    if (type === 'f32') floats[index] = value;
    else bits[index] = value;
  });
  return bits;
}
