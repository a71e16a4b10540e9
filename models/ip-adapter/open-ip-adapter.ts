import { readAddOn } from '../add-on/add-on-file.ts';
import { weightShapes, withConfigOf } from '../add-on/expected.ts';
import { requireTextWidth, wrongAddOn, type BaseModel } from '../add-on/identify.ts';
import { addOnRefusal } from '../add-on/refusal.ts';
import { requireWeights } from '../checkpoint/check.ts';
import type { ModelIo, WeightMap } from '../checkpoint/types.ts';
import type { UnetConfig } from '../unet/config.ts';
import { buildImageProjection } from './image-projection.ts';
import { faceIdSentence, inferProjection, isFaceId } from './infer-projection.ts';
import { ipAdapterWeights } from './names.ts';
import type { ProjectionConfig } from './projection-config.ts';
import { crossSites } from './sites.ts';

export interface IpAdapterDescription {
  readonly path: string;
  readonly projection: ProjectionConfig;
  readonly projectionWeights: WeightMap;
  /** Keys and values by `SITE.to_k_ip` and `SITE.to_v_ip`, SITE being the path of a cross-attention. */
  readonly layerWeights: WeightMap;
  readonly notes: readonly string[];
}

/** The model an adapter is to work on. */
export interface ReferencedModel extends BaseModel {
  readonly unet: UnetConfig;
}

/** Opens an IP-Adapter for a model by its headers. Throws AppError for what it is not, what it lacks, or what it does not fit. */
export async function openIpAdapter(path: string, model: ReferencedModel, io: ModelIo): Promise<IpAdapterDescription> {
  const file = await readAddOn(path, 'ip-adapter', io);
  const names = [...file.tensors.keys()];
  const { projection: weights, layers } = ipAdapterWeights(file.tensors);
  if (weights.size === 0 || layers.size === 0) throw wrongAddOn(file.path, file.tensors, 'an IP-Adapter');
  if (isFaceId(names)) {
    throw addOnRefusal('unsupportedAddOn', file.path, faceIdSentence, { got: 'FaceID' });
  }
  for (const [name, { shape }] of layers) {
    if (name.endsWith('to_k_ip')) requireTextWidth(file.path, 'IP-Adapter', shape[1] ?? 0, model);
  }
  const layerWeights = weightsBySite(layers, model.unet);
  const notes = requireWeights(file.path, 'this IP-Adapter', layerWeights, expectedLayers(model.unet));
  const projection = inferProjection(file.path, weights, model.textWidth);
  const shapes = withConfigOf(file.path, () => weightShapes(buildImageProjection(projection, 5)));
  notes.push(...requireWeights(file.path, 'the image projection of this IP-Adapter', weights, shapes));
  return { path: file.path, projection, projectionWeights: weights, layerWeights, notes };
}

/** Numbers become the paths of the layers they stand for; what names no layer of the model keeps its own name. */
function weightsBySite(layers: WeightMap, unet: UnetConfig): WeightMap {
  const paths = new Map(crossSites(unet).map(({ number, name }) => [String(number), name]));
  const bySite: WeightMap = new Map();
  for (const [name, location] of layers) {
    const at = name.lastIndexOf('.');
    bySite.set(`${paths.get(name.slice(0, at)) ?? name.slice(0, at)}.${name.slice(at + 1)}`, location);
  }
  return bySite;
}

function expectedLayers(unet: UnetConfig): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  for (const { name, channels } of crossSites(unet)) {
    for (const part of ['to_k_ip', 'to_v_ip']) shapes.set(`${name}.${part}`, [channels, unet.crossAttentionDim]);
  }
  return shapes;
}
