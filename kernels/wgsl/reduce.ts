/** Declares `fn reduce(value: f32, thread: u32) -> f32`: the sum (or another fold) over the workgroup, given to every thread of it. */
export function declareReduce(threads: number, name = 'reduce', fold = (a: string, b: string) => `${a} + ${b}`): string {
  return `var<workgroup> ${name}Lanes: array<f32, ${threads}>;
fn ${name}(value: f32, thread: u32) -> f32 {
  ${name}Lanes[thread] = value;
  for (var half = ${threads / 2}u; half > 0u; half >>= 1u) {
    workgroupBarrier();
    if (thread < half) { ${name}Lanes[thread] = ${fold(`${name}Lanes[thread]`, `${name}Lanes[thread + half]`)}; }
  }
  workgroupBarrier();
  let result = ${name}Lanes[0];
  workgroupBarrier();
  return result;
}`;
}
