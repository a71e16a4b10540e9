import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppError } from '../../contract/errors.ts';
import type { NetworkKind } from '../../contract/filters.ts';
import { drawPoses } from '../../core/filters/network/draw-pose.ts';
import { networkInput } from '../../core/filters/network/network-input.ts';
import { networkKind } from '../../core/filters/network/network-kind.ts';
import { colourPicture, depthPicture, edgePicture, linePicture, type NetworkOutput } from '../../core/filters/network/network-maps.ts';
import { findPeople, peopleInput, type Box } from '../../core/filters/network/people.ts';
import { poseBox, poseInput, readPose, type KeyPoint } from '../../core/filters/network/pose.ts';
import type { RgbPicture } from '../../core/rgb-picture.ts';
import { openNetwork, type Network } from '../backends/onnx/network.ts';
import { readNetworkHeader } from './network-file.ts';

/**
 * A picture of the same size, made by the network of a user's ONNX file: depth, lines, normals or poses, told by its inputs and outputs. A pose
 * network takes the people that a detector in the same folder finds, else the whole picture as one person.
 * Throws AppError `fileMissing`, `badOnnx`, `unknownNetwork` or `sessionFailed`, each naming the file.
 */
export async function networkFilter(file: string, picture: RgbPicture): Promise<RgbPicture> {
  await readNetworkHeader(file);
  await using network = await openNetwork(file);
  const kind = networkKind(file, network.ports);
  if (kind === 'pose') return drawPoses(await posesOf(network, file, picture), picture);
  const input =
    kind === 'people' ? peopleInput(picture, network.ports.inputs[0]!.shape) : networkInput(kind, picture, network.ports.inputs[0]!.shape);
  const outputs = await network.run(input);
  requireFinite(file, outputs);
  return pictureOf(kind, file, outputs, picture);
}

function pictureOf(
  kind: Exclude<NetworkKind, 'pose'>,
  file: string,
  outputs: readonly NetworkOutput[],
  { width, height }: RgbPicture,
): RgbPicture {
  const size = { width, height };
  switch (kind) {
    case 'depth':
      return depthPicture(outputs[0]!, size);
    case 'lines':
      return linePicture(outputs[0]!, size);
    case 'edges':
      return edgePicture(outputs, size);
    case 'colours':
      return colourPicture(outputs[0]!, size);
    case 'people': {
      const message = `${file}: This network finds people and draws nothing by itself: expected a pose network (such as dw-ll_ucoco_384.onnx) that uses it from the same folder.`;
      throw new AppError('unknownNetwork', message, { path: file });
    }
    default:
      return kind satisfies never;
  }
}

async function posesOf(network: Network, file: string, picture: RgbPicture): Promise<KeyPoint[][]> {
  const { shape } = network.ports.inputs[0]!;
  const people: KeyPoint[][] = [];
  for (const person of await peopleOf(file, picture)) {
    const box = poseBox(person, shape);
    const outputs = await network.run(poseInput(picture, box, shape));
    requireFinite(file, outputs);
    people.push(readPose(outputs, box));
  }
  return people;
}

/** Boxes of people by the first detector beside the pose network. */
async function peopleOf(file: string, picture: RgbPicture): Promise<Box[]> {
  const names = (await readdir(dirname(file))).filter((name) => /yolo.*\.onnx$/i.test(name)).toSorted();
  for (const name of names) {
    const path = join(dirname(file), name);
    await readNetworkHeader(path);
    await using detector = await openNetwork(path);
    if (networkKind(path, detector.ports) !== 'people') continue;
    const input = peopleInput(picture, detector.ports.inputs[0]!.shape);
    const [output] = await detector.run(input);
    return findPeople(output!, input, picture);
  }
  return [{ x: 0, y: 0, width: picture.width, height: picture.height }];
}

function requireFinite(path: string, outputs: readonly NetworkOutput[]): void {
  if (outputs.every(({ data }) => data.every(Number.isFinite))) return;
  const message = `${path}: This network gave values that are not numbers: expected finite ones. Its file may be damaged.`;
  throw new AppError('nonFinite', message, { path });
}
