import type { OnnxHeader } from './read-onnx-header.ts';

const domains: ReadonlySet<string> = new Set(['', 'ai.onnx', 'com.microsoft']);
const newestOpset = 25;
const mostNodes = 200_000;

/**
 * Why an ONNX file is not loaded, as sentences; empty when it may be. External data must be plain files of the model's folder,
 * operations of known domains, no model-local functions (a chain of them has crashed ONNX Runtime).
 */
export function onnxRefusals(header: OnnxHeader): string[] {
  const refusals: string[] = [];
  for (const { name, location, offset, length } of header.external) {
    const isPlain = /^[A-Za-z0-9_][A-Za-z0-9_.+-]*$/.test(location) && !location.includes('..');
    const isRange = Number.isSafeInteger(offset) && offset >= 0 && (length === undefined || (Number.isSafeInteger(length) && length >= 0));
    if (!isPlain)
      refusals.push(`The weight "${name.slice(0, 100)}" is in "${location.slice(0, 100)}", which is not a file of the model's folder.`);
    else if (!isRange) refusals.push(`The weight "${name.slice(0, 100)}" has an impossible range in its file.`);
    if (refusals.length >= 5) return refusals;
  }
  for (const domain of header.opsets.keys())
    if (!domains.has(domain)) refusals.push(`It uses operations of the unknown domain "${domain.slice(0, 100)}".`);
  for (const operation of header.operations.keys()) {
    const domain = operation.includes(':') ? operation.slice(0, operation.lastIndexOf(':')) : '';
    if (!domains.has(domain)) refusals.push(`It has the unknown operation "${operation.slice(0, 100)}".`);
  }
  const opset = header.opsets.get('') ?? header.opsets.get('ai.onnx') ?? 0;
  if (opset < 7 || opset > newestOpset) refusals.push(`Its operation set is ${opset}; 7 to ${newestOpset} were expected.`);
  if (header.functions > 0) refusals.push(`It has ${header.functions} functions of its own; none were expected.`);
  const nodes = [...header.operations.values()].reduce((sum, count) => sum + count, 0);
  if (nodes > mostNodes) refusals.push(`It has ${nodes} nodes; at most ${mostNodes} were expected.`);
  return refusals.slice(0, 10);
}
