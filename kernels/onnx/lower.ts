import type { Graph, Node, Value } from '../graph/graph.ts';
import { findOperation } from '../operations.ts';
import { elementCount } from '../tensor.ts';
import type { OnnxAttribute, OnnxEmitter, OnnxNodeOptions } from './emitter.ts';
import { ProtobufWriter } from './protobuf.ts';

/** ONNX TensorProto.DataType of each storage type a checkpoint may hold. */
export const onnxDataTypes = {
  F32: 1, U8: 2, I8: 3, I32: 6, I64: 7, F16: 10, F64: 11, BF16: 16, F8_E4M3: 17, F8_E5M2: 19,
} as const; // prettier-ignore

export type OnnxStorageType = keyof typeof onnxDataTypes;

/** Where ONNX Runtime finds a weight: a range of a file beside the model, mapped and not copied, or bytes inside the model. */
export type OnnxWeight =
  | { readonly kind: 'file'; readonly location: string; readonly offset: number; readonly bytes: number; readonly dtype: OnnxStorageType }
  | { readonly kind: 'inline'; readonly data: Float32Array | Int8Array }
  | { readonly kind: 'eightBit'; readonly values: OnnxStored; readonly scales: Float32Array };

export type OnnxStored = Exclude<OnnxWeight, { readonly kind: 'eightBit' }>;

export interface LowerOptions {
  /** Says where each weight is stored. A file weight of another type than F32 is cast on load. */
  readonly weight: (value: Value) => OnnxWeight;
}

const boolType = 9;

const opsetVersion = 21;
const irVersion = 10;

/**
 * Writes a graph as an ONNX model (opset 21 with com.microsoft 1) whose weights stay where they are.
 * @returns the bytes of the ModelProto; field numbers follow onnx/onnx.proto3.
 */
export function lowerToOnnx(graph: Graph, options: LowerOptions): Uint8Array {
  const lowering = new Lowering(options);
  for (const value of graph.inputs) lowering.input(value);
  for (const value of graph.weights) lowering.weight(value);
  for (const node of graph.nodes) lowering.lower(node);
  for (const [name, value] of graph.outputs) lowering.output(name, value);
  return lowering.finish();
}

class Lowering implements OnnxEmitter {
  readonly #options: LowerOptions;
  readonly #names = new Map<number, string>();
  #graph = new ProtobufWriter();
  readonly #eightBit = new Map<number, { readonly values: string; readonly scales: string }>();
  #constants = new Map<string, string>();
  #next = 0;
  #path = '';

  constructor(options: LowerOptions) {
    this.#options = options;
  }

  input(value: Value): void {
    this.#names.set(value.id, value.name);
    this.#valueInfo(11, value.name, value);
  }

  output(name: string, value: Value): void {
    this.#node('Identity', [this.name(value)], [name], {});
    this.#valueInfo(12, name, value);
  }

  weight(value: Value): void {
    const source = this.#options.weight(value);
    if (source.kind === 'eightBit') {
      const outputs = value.shape[0]!;
      const values = this.#stored(value.name, [elementCount(value.shape) / outputs, outputs], source.values);
      this.#eightBit.set(value.id, { values, scales: this.floats([outputs], source.scales) });
      return;
    }
    const stored = this.#stored(value.name, value.shape, source);
    const isExact = source.kind === 'inline' || source.dtype === 'F32';
    this.#names.set(value.id, isExact ? stored : this.node('Cast', [stored], { attributes: { to: onnxDataTypes.F32 } }));
  }

  /** An initializer: bytes of the model itself, or a range of a file. Its name is the weight's, with the type unless that is f32. */
  #stored(name: string, shape: readonly number[], source: OnnxStored): string {
    if (source.kind === 'inline') return this.#values(shape, source.data);
    const stored = source.dtype === 'F32' ? name : `${name}:${source.dtype}`;
    this.#graph.message(5, (tensor) => {
      for (const size of shape) tensor.integer(1, size);
      tensor.integer(2, onnxDataTypes[source.dtype]).string(8, stored);
      const entries = { location: source.location, offset: String(source.offset), length: String(source.bytes) };
      for (const [key, entry] of Object.entries(entries)) tensor.message(13, (pair) => pair.string(1, key).string(2, entry));
      tensor.integer(14, 1);
    });
    return stored;
  }

  eightBit(weight: Value): { readonly values: string; readonly scales: string } {
    const form = this.#eightBit.get(weight.id);
    if (!form) throw new Error(`${this.#path}: the weight ${weight.name} was not placed in 8 bits`);
    return form;
  }

  lower(node: Node): void {
    this.#path = node.name;
    for (const value of node.inputs) if (value.kind === 'constant' && !this.#names.has(value.id)) this.#constant(value);
    findOperation(node.op).onnx(node, this);
  }

  name(value: Value): string {
    const name = this.#names.get(value.id);
    if (name === undefined) throw new Error(`${this.#path}: value ${value.name} is used before it is produced`);
    return name;
  }

  node(type: string, inputs: readonly string[], options: OnnxNodeOptions = {}): string {
    return this.nodes(type, inputs, options)[0]!;
  }

  nodes(type: string, inputs: readonly string[], options: OnnxNodeOptions): string[] {
    const outputs = Array.from({ length: options.outputs ?? 1 }, () => `${this.#path}/${type}#${this.#next++}`);
    this.#node(type, inputs, outputs, options);
    return outputs;
  }

  unlessZero(number: string, shape: readonly number[], compute: () => string): string {
    const condition = this.node('Cast', [number], { attributes: { to: boolType } });
    const then = this.#branch('computed', compute);
    const otherwise = this.#branch('zeros', () => this.node('ConstantOfShape', [this.integers(shape)]));
    return this.node('If', [condition], { attributes: { then_branch: { graph: then }, else_branch: { graph: otherwise } } });
  }

  define(value: Value, name: string): void {
    this.#names.set(value.id, name);
  }

  floats(shape: readonly number[], values: ArrayLike<number>): string {
    return this.#values(shape, values instanceof Float32Array ? values : Float32Array.from(values));
  }

  #values(shape: readonly number[], data: Float32Array | Int8Array): string {
    const type = data instanceof Float32Array ? onnxDataTypes.F32 : onnxDataTypes.I8;
    return this.#initializer(shape, type, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }

  integers(values: readonly number[]): string {
    const key = values.join();
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const data = BigInt64Array.from(values, BigInt);
    const name = this.#initializer([values.length], onnxDataTypes.I64, new Uint8Array(data.buffer));
    this.#constants.set(key, name);
    return name;
  }

  reshape(input: string, shape: readonly number[]): string {
    return this.node('Reshape', [input, this.integers(shape)]);
  }

  finish(): Uint8Array {
    this.#graph.string(2, 'strata');
    return new ProtobufWriter()
      .integer(1, irVersion)
      .string(2, 'strata')
      .bytes(7, this.#graph.finish())
      .message(8, (opset) => opset.integer(2, opsetVersion))
      .message(8, (opset) => opset.string(1, 'com.microsoft').integer(2, 1))
      .finish();
  }

  /** A GraphProto of its own, which sees the names around it but whose names are not seen outside. */
  #branch(name: string, compute: () => string): Uint8Array {
    const [graph, constants] = [this.#graph, this.#constants];
    this.#graph = new ProtobufWriter();
    this.#constants = new Map();
    const result = `${this.#path}/${name}#${this.#next++}`;
    this.#node('Identity', [compute()], [result], {});
    const bytes = this.#graph
      .string(2, name)
      .message(12, (info) => info.string(1, result))
      .finish();
    this.#graph = graph;
    this.#constants = constants;
    return bytes;
  }

  #constant(value: Value): void {
    const data = value.data!;
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.#names.set(value.id, this.#initializer(value.shape, value.dtype === 'i32' ? onnxDataTypes.I32 : onnxDataTypes.F32, bytes));
  }

  #initializer(shape: readonly number[], type: number, bytes: Uint8Array): string {
    const name = `constant#${this.#next++}`;
    this.#graph.message(5, (tensor) => {
      for (const size of shape) tensor.integer(1, size);
      tensor.integer(2, type).string(8, name).bytes(9, bytes);
    });
    return name;
  }

  #node(type: string, inputs: readonly string[], outputs: readonly string[], options: OnnxNodeOptions): void {
    this.#graph.message(1, (node) => {
      for (const input of inputs) node.string(1, input);
      for (const output of outputs) node.string(2, output);
      node.string(3, outputs[0]!).string(4, type);
      for (const [name, attribute] of Object.entries(options.attributes ?? {})) node.message(5, (a) => writeAttribute(a, name, attribute));
      if (options.domain) node.string(7, options.domain);
    });
  }

  #valueInfo(field: number, name: string, value: Value): void {
    this.#graph.message(field, (info) => {
      info.string(1, name).message(2, (type) =>
        type.message(1, (tensor) => {
          tensor.integer(1, value.dtype === 'i32' ? onnxDataTypes.I32 : onnxDataTypes.F32);
          tensor.message(2, (shape) => {
            for (const size of value.shape) shape.message(1, (dimension) => dimension.integer(1, size));
          });
        }),
      );
    });
  }
}

/** AttributeProto: type 1 float, 2 int, 3 string, 5 graph, 6 floats, 7 ints. Plain numbers are ints; floats are wrapped. */
function writeAttribute(writer: ProtobufWriter, name: string, attribute: OnnxAttribute): void {
  writer.string(1, name);
  if (typeof attribute === 'number') writer.integer(3, attribute).integer(20, 2);
  else if (typeof attribute === 'string') writer.string(4, attribute).integer(20, 3);
  else if ('float' in attribute) writer.float(2, attribute.float).integer(20, 1);
  else if ('graph' in attribute) writer.bytes(6, attribute.graph).integer(20, 5);
  else if ('floats' in attribute) {
    for (const value of attribute.floats) writer.float(7, value);
    writer.integer(20, 6);
  } else {
    for (const value of attribute) writer.integer(8, value);
    writer.integer(20, 7);
  }
}
