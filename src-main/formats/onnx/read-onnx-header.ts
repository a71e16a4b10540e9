import { AppError } from '../../contract/errors.ts';
import type { ByteSource } from '../byte-source.ts';
import { WireError, WireReader, type WireField } from './wire.ts';

/** A weight that an ONNX file keeps in another file. */
export interface ExternalTensor {
  readonly name: string;
  readonly location: string;
  readonly offset: number;
  /** Undefined: to the end of the file. */
  readonly length: number | undefined;
}

/** An input or output as an ONNX file declares it. */
export interface OnnxPort {
  readonly name: string;
  /** Such as `float32`; `no tensor` for a sequence or map. */
  readonly type: string;
  /** -1 for a size that is open; undefined where the file does not say. */
  readonly shape: readonly number[] | undefined;
}

/** What can be known of an ONNX file without loading it. */
export interface OnnxHeader {
  readonly irVersion: number;
  /** Version by domain; the standard domain is "". */
  readonly opsets: ReadonlyMap<string, number>;
  /** Number of nodes by "domain:op" (standard domain: "op"), those in subgraphs and functions too. */
  readonly operations: ReadonlyMap<string, number>;
  readonly functions: number;
  readonly initializers: number;
  readonly external: readonly ExternalTensor[];
  /** Without those that are weights, as files of IR version 3 list them. */
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
}

/** TensorProto.DataType by its number. */
const types: Readonly<Record<number, string>> = {
  1: 'float32', 2: 'uint8', 3: 'int8', 4: 'uint16', 5: 'int16', 6: 'int32', 7: 'int64', 8: 'string', 9: 'bool', 10: 'float16', 11: 'float64',
  12: 'uint32', 13: 'uint64', 16: 'bfloat16',
}; // prettier-ignore

const maxFields = 5_000_000;
const deepest = 8;

/**
 * Walks an ONNX file (onnx.proto: ModelProto 1 ir_version, 7 graph, 8 opset_import, 25 functions). Throws AppError `badOnnx` for
 * bytes that are no ONNX model and for subgraphs nested deeper than 8.
 */
export async function readOnnxHeader(source: ByteSource): Promise<OnnxHeader> {
  try {
    return await new OnnxReader(source).model();
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw new AppError('badOnnx', `This is not a valid ONNX file: ${error.message}.`, { expected: 'an ONNX model' }, error);
  }
}

class OnnxReader {
  readonly #size: number;
  readonly #wire: WireReader;
  readonly #opsets = new Map<string, number>();
  readonly #operations = new Map<string, number>();
  readonly #external: ExternalTensor[] = [];
  readonly #inputs: OnnxPort[] = [];
  readonly #outputs: OnnxPort[] = [];
  readonly #weights = new Set<string>();
  #functions = 0;
  #initializers = 0;

  constructor(source: ByteSource) {
    this.#size = source.size;
    this.#wire = new WireReader(source, maxFields);
  }

  async model(): Promise<OnnxHeader> {
    let irVersion = 0;
    let hasGraph = false;
    for await (const field of this.#wire.fields(0, this.#size)) {
      if (field.number === 1) irVersion = field.value;
      else if (field.number === 8) await this.#opset(field);
      else if (field.number === 7) {
        hasGraph = true;
        await this.#graph(field, 0);
      } else if (field.number === 25) await this.#function(field);
    }
    if (!hasGraph || irVersion < 1) throw new WireError('expected an IR version and a graph, found none');
    return {
      irVersion,
      opsets: this.#opsets,
      operations: this.#operations,
      functions: this.#functions,
      initializers: this.#initializers,
      external: this.#external,
      inputs: this.#inputs.filter(({ name }) => !this.#weights.has(name)),
      outputs: this.#outputs,
    };
  }

  async #opset(field: WireField): Promise<void> {
    let domain = '';
    let version = 0;
    for await (const part of this.#wire.fields(field.start, field.end)) {
      if (part.number === 1) domain = await this.#wire.text(part);
      else if (part.number === 2) version = part.value;
    }
    this.#opsets.set(domain, version);
  }

  async #graph(field: WireField, depth: number): Promise<void> {
    if (depth > deepest) throw new WireError(`expected subgraphs nested at most ${deepest} deep, found more`);
    for await (const part of this.#wire.fields(field.start, field.end)) {
      if (part.number === 1) await this.#node(part, depth);
      else if (part.number === 5) await this.#initializer(part, depth);
      else if (part.number === 11 && depth === 0) this.#inputs.push(await this.#port(part));
      else if (part.number === 12 && depth === 0) this.#outputs.push(await this.#port(part));
    }
  }

  async #function(field: WireField): Promise<void> {
    this.#functions++;
    for await (const part of this.#wire.fields(field.start, field.end)) if (part.number === 7) await this.#node(part, 0);
  }

  async #node(field: WireField, depth: number): Promise<void> {
    let operation = '';
    let domain = '';
    for await (const part of this.#wire.fields(field.start, field.end)) {
      if (part.number === 4) operation = await this.#wire.text(part);
      else if (part.number === 7) domain = await this.#wire.text(part);
      else if (part.number === 5) await this.#attribute(part, depth);
    }
    const key = domain === '' ? operation : `${domain}:${operation}`;
    this.#operations.set(key, (this.#operations.get(key) ?? 0) + 1);
  }

  /** AttributeProto: 5 t, 6 g, 10 tensors, 11 graphs. */
  async #attribute(field: WireField, depth: number): Promise<void> {
    for await (const part of this.#wire.fields(field.start, field.end)) {
      if (part.number === 6 || part.number === 11) await this.#graph(part, depth + 1);
      else if (part.number === 5 || part.number === 10) await this.#tensor(part);
    }
  }

  async #initializer(field: WireField, depth: number): Promise<void> {
    this.#initializers++;
    const name = await this.#tensor(field);
    if (depth === 0) this.#weights.add(name);
  }

  /** ValueInfoProto: 1 name, 2 type; TypeProto: 1 tensor (1 element type, 2 shape). */
  async #port(field: WireField): Promise<OnnxPort> {
    let name = '';
    let type = 'no tensor';
    let shape: number[] | undefined;
    for await (const part of this.#wire.fields(field.start, field.end)) {
      if (part.number === 1) name = await this.#wire.text(part);
      if (part.number !== 2) continue;
      for await (const kind of this.#wire.fields(part.start, part.end)) {
        if (kind.number !== 1) continue;
        for await (const detail of this.#wire.fields(kind.start, kind.end)) {
          if (detail.number === 1) type = types[detail.value] ?? `type ${detail.value}`;
          else if (detail.number === 2) shape = await this.#shape(detail);
        }
      }
    }
    return { name, type, shape };
  }

  /** TensorShapeProto: 1 dimensions (1 size, 2 a name for an open one). */
  async #shape(field: WireField): Promise<number[]> {
    const shape: number[] = [];
    for await (const dimension of this.#wire.fields(field.start, field.end)) {
      if (dimension.number !== 1) continue;
      let size = -1;
      for await (const part of this.#wire.fields(dimension.start, dimension.end))
        if (part.number === 1 && part.value > 0) size = part.value;
      shape.push(size);
    }
    return shape;
  }

  /** TensorProto: 8 name, 13 external_data (entries of 1 key, 2 value). Returns the name. */
  async #tensor(field: WireField): Promise<string> {
    let name = '';
    const entries = new Map<string, string>();
    for await (const part of this.#wire.fields(field.start, field.end)) {
      if (part.number === 8) name = await this.#wire.text(part);
      else if (part.number === 13) entries.set(await this.#name(part, 1), await this.#name(part, 2));
    }
    if (entries.size === 0) return name;
    const length = entries.get('length');
    this.#external.push({
      name,
      location: entries.get('location') ?? '',
      offset: Number(entries.get('offset') ?? 0),
      length: length === undefined ? undefined : Number(length),
    });
    return name;
  }

  async #name(field: WireField, number: number): Promise<string> {
    for await (const part of this.#wire.fields(field.start, field.end)) if (part.number === number) return this.#wire.text(part);
    return '';
  }
}
