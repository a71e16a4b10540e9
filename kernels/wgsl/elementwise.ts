import { maxGroups, type Shader } from './shader.ts';

const threads = 64;

/**
 * Finishes a kernel with one invocation for each of `count` items. `body` is the code for item `i`; it may `return` early.
 * Rows of workgroups are folded into a second dimension, since a dimension holds at most 65,535.
 */
export function finishElementwise(shader: Shader, count: number, body: string, declarations = ''): void {
  const groups = Math.ceil(count / threads);
  const columns = Math.min(groups, maxGroups);
  const limit = shader.param('count', count);
  const stride = shader.param('stride', columns * threads);
  shader.finish({
    threads,
    grid: [columns, Math.ceil(groups / columns), 1],
    declarations,
    body: `  let i = group.y * ${stride} + group.x * ${threads}u + thread;\n  if (i >= ${limit}) { return; }\n${body}`,
  });
}

/**
 * Code that splits item index `i` into coordinates `c0` (slowest) to `cN` of a shape whose sizes are the given expressions.
 * @param sizes from slowest to fastest; the slowest is not needed and may be anything
 */
export function coordinates(sizes: readonly string[], index = 'i'): string {
  const last = sizes.length - 1;
  if (last <= 0) return `  let c0 = ${index};`;
  const lines = [`  var rest = ${index};`];
  for (let axis = last; axis > 0; axis--) lines.push(`  let c${axis} = rest % ${sizes[axis]}; rest /= ${sizes[axis]};`);
  return [...lines, '  let c0 = rest;'].join('\n');
}

/** Widest vector that divides all sizes: how many elements one item may hold. */
export function vectorWidth(...sizes: readonly number[]): 1 | 4 {
  return sizes.every((size) => size % 4 === 0) ? 4 : 1;
}
