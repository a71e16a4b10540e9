import type { Value } from '../../../../../kernels/graph/graph.ts';
import { elementCount } from '../../../../../kernels/tensor.ts';
import { AppError } from '../../../../contract/errors.ts';
import type { Launch, Program, Slot } from '../program/program.ts';

/** A program with one more launch an output, which sets a bit of a word where a number is not finite. */
export interface Guard {
  readonly program: Program;
  /** Key of the word. */
  readonly key: string;
  /** Throws AppError `nonFinite` naming the outputs whose bit is set. */
  check(word: number): void;
}

const key = 'guard';
const threads = 64;
const groups = 64;

/** Adds the guard: a bit test, since WGSL compilers may assume that numbers are finite. */
export function guardProgram(program: Program): Guard {
  const guarded = [...program.outputs].filter(([, { key: output }]) => program.slots.get(output)!.type !== 'i32').slice(0, 31);
  const word: Value = { id: -1, name: key, kind: 'input', shape: [1], layout: 'plain', dtype: 'i32' };
  const slots = new Map<string, Slot>([...program.slots, [key, { space: 'state', type: 'i32', bytes: 16 }]]);
  const launches = [
    clearLaunch(word),
    ...program.launches,
    ...guarded.map(([name, output], bit) => guardLaunch(name, output, program, word, bit)),
  ];
  return {
    program: { ...program, launches, slots },
    key,
    check(bits) {
      const names = guarded.filter((_, bit) => (bits >>> bit) & 1).map(([name]) => name);
      if (names.length === 0) return;
      throw new AppError('nonFinite', `The model's ${names.join(', ')} on the graphics card holds numbers that are not finite.`, {
        outputs: names,
      });
    },
  };
}

const head = `struct Params { count: u32, bit: u32 }
@group(0) @binding(0) var<uniform> p: Params;`;

function clearLaunch(word: Value): Launch {
  const code = `${head}
@group(0) @binding(1) var<storage, read_write> word: array<atomic<u32>>;
@compute @workgroup_size(1) fn main() { atomicStore(&word[0], p.count); }`;
  const operand = { kind: 'value', value: word } as const;
  const dispatch = { kernel: 'guard clear', code, bindings: [operand], params: new Uint32Array(4), grid: [1, 1, 1], writes: [0] } as const;
  return { node: key, op: key, dispatch, keys: [key] };
}

function guardLaunch(
  name: string,
  output: { readonly value: Value; readonly key: string },
  program: Program,
  word: Value,
  bit: number,
): Launch {
  const isHalf = program.slots.get(output.key)!.type === 'f16';
  const count = elementCount(output.value.shape);
  // Halves are looked at two a word; the half behind an odd count is another value's or nothing's and is left out.
  const test = isHalf
    ? 'let low = (x & 0x7c00u) == 0x7c00u; let high = (x & 0x7c000000u) == 0x7c000000u && i * 2u + 1u < p.count; found = found || low || high;'
    : 'found = found || (x & 0x7f800000u) == 0x7f800000u;';
  const code = `${head}
@group(0) @binding(1) var<storage, read_write> values: array<u32>;
@group(0) @binding(2) var<storage, read_write> word: array<atomic<u32>>;
@compute @workgroup_size(${threads}) fn main(@builtin(global_invocation_id) id: vec3u) {
  var found = false;
  for (var i = id.x; i < ${isHalf ? '(p.count + 1u) / 2u' : 'p.count'}; i += ${threads * groups}u) { let x = values[i]; ${test} }
  if (found) { atomicOr(&word[0], 1u << p.bit); }
}`;
  const bindings = [
    { kind: 'value', value: output.value },
    { kind: 'value', value: word },
  ] as const;
  const grid = [Math.min(groups, Math.ceil(count / threads)), 1, 1] as const;
  const dispatch = { kernel: 'guard', code, bindings, params: new Uint32Array([count, bit, 0, 0]), grid, writes: [1] };
  return { node: name, op: key, dispatch, keys: [output.key, key] };
}
