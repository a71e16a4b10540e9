import { activationOperation } from './activation/op.ts';
import { attentionOperation } from './attention-op/op.ts';
import { binaryOperation } from './binary/op.ts';
import { concatOperation } from './concat/op.ts';
import { conv2dOperation } from './conv2d/op.ts';
import { embeddingOperation } from './embedding/op.ts';
import { gegluOperation } from './geglu/op.ts';
import { GraphError } from './graph/graph.ts';
import { groupNormOperation } from './group-norm/op.ts';
import { layerNormOperation } from './layer-norm/op.ts';
import { fromTokensOperation, toTokensOperation } from './layout/op.ts';
import { linearOperation } from './linear/op.ts';
import type { Operation } from './operation.ts';
import { pixelUnshuffleOperation } from './pixel-unshuffle/op.ts';
import { poolOperation } from './pool/op.ts';
import { reshapeOperation } from './reshape/op.ts';
import { selectTokenOperation } from './select-token/op.ts';
import { sliceOperation } from './slice/op.ts';
import { timestepEmbeddingOperation } from './timestep-embedding/op.ts';
import { upsampleOperation } from './upsample/op.ts';

/** Every operation a graph may hold: the one place that lists them. */
const operations = [
  activationOperation,
  attentionOperation,
  binaryOperation,
  concatOperation,
  conv2dOperation,
  embeddingOperation,
  fromTokensOperation,
  gegluOperation,
  groupNormOperation,
  layerNormOperation,
  linearOperation,
  pixelUnshuffleOperation,
  poolOperation,
  reshapeOperation,
  selectTokenOperation,
  sliceOperation,
  timestepEmbeddingOperation,
  toTokensOperation,
  upsampleOperation,
] as const;

const byName = new Map<string, Operation>(operations.map((operation) => [operation.name, operation as unknown as Operation]));

/** The operation of that name. Throws GraphError when there is none. */
export function findOperation(name: string): Operation {
  const operation = byName.get(name);
  if (!operation) throw new GraphError(`unknown operation ${name}; known are ${[...byName.keys()].join(', ')}`);
  return operation;
}
