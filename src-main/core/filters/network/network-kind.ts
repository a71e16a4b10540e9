import { AppError } from '../../../contract/errors.ts';
import type { NetworkKind } from '../../../contract/filters.ts';

/** An input or output of a network as its file describes it; sizes that are open are negative. */
export interface PortInfo {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly number[];
}

export interface NetworkPorts {
  readonly inputs: readonly PortInfo[];
  readonly outputs: readonly PortInfo[];
}

/**
 * Tells a network by its inputs and outputs; the names of outputs and file decide between maps of depth and of lines alone.
 * Throws AppError `unknownNetwork` with the inputs and outputs for anything else.
 */
export function networkKind(file: string, { inputs, outputs }: NetworkPorts): NetworkKind {
  const [input, ...others] = inputs;
  const takesPicture = input && others.length === 0 && input.type === 'float32' && isPicture(input.shape, 3);
  const kind = takesPicture ? kindOfOutputs(file, outputs) : undefined;
  if (kind) return kind;
  const message = `${file}: This network is no filter that Strata knows: expected one picture [1, 3, height, width] and maps of depth or lines, a picture, or key points; found the inputs ${portsText(inputs)} and the outputs ${portsText(outputs)}.`;
  throw new AppError('unknownNetwork', message, { path: file, inputs: [portsText(inputs)], outputs: [portsText(outputs)] });
}

function kindOfOutputs(file: string, outputs: readonly PortInfo[]): NetworkKind | undefined {
  const [first, second] = outputs;
  if (!first || outputs.some(({ type }) => type !== 'float32')) return undefined;
  if (outputs.length === 1) {
    if (first.shape.length === 3) return first.shape[2] === boxValues ? 'people' : isOpen(first.shape[0]) ? 'depth' : undefined;
    if (isPicture(first.shape, 3)) return 'colours';
    if (!isPicture(first.shape, 1)) return undefined;
    return /depth|midas|dpt|zoe|disparity/i.test(`${first.name} ${file.replace(/^.*[/\\]/, '')}`) ? 'depth' : 'lines';
  }
  if (outputs.every(({ shape }) => isPicture(shape, 1))) return 'edges';
  const isPose = outputs.length === 2 && first.shape.length === 3 && second!.shape.length === 3 && first.shape[1] === second!.shape[1];
  return isPose && (first.shape[1] ?? 0) >= bodyPoints ? 'pose' : undefined;
}

/** Values of a box: centre, size, certainty, and the scores of COCO's 80 classes. */
const boxValues = 85;
const bodyPoints = 17;
/** Of a network that is no filter, named in the message. */
const mostPorts = 4;

function isPicture(shape: readonly number[], channels: number): boolean {
  return shape.length === 4 && isOpen(shape[0]) && shape[1] === channels;
}

/** A batch of one, or of any number. */
function isOpen(size: number | undefined): boolean {
  return size !== undefined && (size === 1 || size < 0);
}

function portsText(ports: readonly PortInfo[]): string {
  const text = ports
    .slice(0, mostPorts)
    .map(({ name, type, shape }) => `${name} ${type} [${shape.map((size) => (size < 0 ? '?' : size)).join(', ')}]`);
  if (ports.length > mostPorts) text.push(`${ports.length - mostPorts} more`);
  return text.join(' and ') || 'none';
}
