import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { ModelLabel } from '../trainer.port.ts';
import { ATTRIBUTE, ELEMENT, FIELD } from './fields.ts';

export type Attribute =
  | { readonly float: number }
  | { readonly int: number }
  | { readonly string: string }
  | { readonly floats: ArrayLike<number> }
  | { readonly ints: ArrayLike<number> }
  /** A tensor of one dimension in float64, for operators whose plain numbers are float32. */
  | { readonly doubles: ArrayLike<number> }
  | { readonly strings: readonly string[] };

export interface OnnxNode {
  readonly op: string;
  /** '' is ai.onnx; operators on trees and labels are in 'ai.onnx.ml'. */
  readonly domain?: 'ai.onnx.ml';
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

export interface OnnxConstant {
  readonly name: string;
  readonly dims: readonly number[];
  readonly values: Float64Array | Float32Array | BigInt64Array;
}

/** A tensor at the model's edge: [n, width], n free. */
export interface OnnxEdge {
  readonly name: string;
  readonly element: 'float' | 'string';
  readonly width: number;
}

export interface OnnxGraph {
  readonly inputs: readonly OnnxEdge[];
  readonly outputs: readonly OnnxEdge[];
  readonly constants: readonly OnnxConstant[];
  /** In an order in which each node's inputs are there before it. */
  readonly nodes: readonly OnnxNode[];
}

type Write = (to: BinaryWriter) => void;

function message(to: BinaryWriter, field: number, write: Write): void {
  to.tag(field, WireType.LengthDelimited).fork();
  write(to);
  to.join();
}

function text(to: BinaryWriter, field: number, value: string): void {
  to.tag(field, WireType.LengthDelimited).string(value);
}

function whole(to: BinaryWriter, field: number, value: number): void {
  to.tag(field, WireType.Varint).int64(value);
}

function writeAttribute(to: BinaryWriter, name: string, value: Attribute): void {
  const field = FIELD.attribute;
  text(to, field.name, name);
  const kind = (type: number) => whole(to, field.type, type);
  if ('float' in value) {
    kind(ATTRIBUTE.float);
    to.tag(field.f, WireType.Bit32).float(value.float);
  } else if ('int' in value) {
    kind(ATTRIBUTE.int);
    whole(to, field.i, value.int);
  } else if ('string' in value) {
    kind(ATTRIBUTE.string);
    text(to, field.s, value.string);
  } else if ('floats' in value) {
    kind(ATTRIBUTE.floats);
    message(to, field.floats, (packed) => {
      for (let i = 0; i < value.floats.length; i++) packed.float(value.floats[i]!);
    });
  } else if ('ints' in value) {
    kind(ATTRIBUTE.ints);
    message(to, field.ints, (packed) => {
      for (let i = 0; i < value.ints.length; i++) packed.int64(value.ints[i]!);
    });
  } else if ('doubles' in value) {
    kind(ATTRIBUTE.tensor);
    const values = Float64Array.from(value.doubles);
    message(to, field.t, (tensor) => writeConstant(tensor, { name, dims: [values.length], values }));
  } else {
    kind(ATTRIBUTE.strings);
    for (const string of value.strings) text(to, field.strings, string);
  }
}

export function writeNode(to: BinaryWriter, node: OnnxNode): void {
  for (const input of node.inputs) text(to, FIELD.node.input, input);
  text(to, FIELD.node.output, node.output);
  text(to, FIELD.node.name, node.output);
  text(to, FIELD.node.opType, node.op);
  if (node.domain) text(to, FIELD.node.domain, node.domain);
  for (const [name, value] of Object.entries(node.attributes ?? {}))
    message(to, FIELD.node.attribute, (inner) => writeAttribute(inner, name, value));
}

export function writeConstant(to: BinaryWriter, constant: OnnxConstant): void {
  const { values } = constant;
  for (const size of constant.dims) whole(to, FIELD.tensor.dims, size);
  const type =
    values instanceof Float64Array
      ? ELEMENT.double
      : values instanceof Float32Array
        ? ELEMENT.float
        : ELEMENT.int64;
  whole(to, FIELD.tensor.dataType, type);
  text(to, FIELD.tensor.name, constant.name);
  // Raw data is little-endian by definition, as is every machine that Node runs on but for s390x.
  to.tag(FIELD.tensor.rawData, WireType.LengthDelimited).bytes(
    new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  );
}

function writeEdge(to: BinaryWriter, edge: OnnxEdge): void {
  text(to, FIELD.valueInfo.name, edge.name);
  message(to, FIELD.valueInfo.type, (type) =>
    message(type, FIELD.type.tensorType, (tensor) => {
      whole(tensor, FIELD.tensorType.elemType, ELEMENT[edge.element]);
      message(tensor, FIELD.tensorType.shape, (shape) => {
        message(shape, FIELD.shape.dim, (dim) => text(dim, FIELD.dimension.param, 'n'));
        message(shape, FIELD.shape.dim, (dim) => whole(dim, FIELD.dimension.value, edge.width));
      });
    }),
  );
}

/** A graph as the bytes of an ONNX file: IR 8, ai.onnx 17, ai.onnx.ml 3 (any ONNX Runtime from 1.12 on reads it). */
export function encodeModel(graph: OnnxGraph, label: ModelLabel = {}): Uint8Array {
  const to = new BinaryWriter();
  whole(to, FIELD.model.irVersion, 8);
  text(to, FIELD.model.producerName, 'millrace');
  for (const [domain, version] of [
    ['', 17],
    ['ai.onnx.ml', 3],
  ] as const)
    message(to, FIELD.model.opsetImport, (opset) => {
      text(opset, FIELD.opset.domain, domain);
      whole(opset, FIELD.opset.version, version);
    });
  message(to, FIELD.model.graph, (inner) => {
    for (const node of graph.nodes) message(inner, FIELD.graph.node, (n) => writeNode(n, node));
    text(inner, FIELD.graph.name, label.name ?? 'model');
    for (const constant of graph.constants)
      message(inner, FIELD.graph.initializer, (c) => writeConstant(c, constant));
    for (const edge of graph.inputs) message(inner, FIELD.graph.input, (e) => writeEdge(e, edge));
    for (const edge of graph.outputs) message(inner, FIELD.graph.output, (e) => writeEdge(e, edge));
  });
  for (const [key, value] of Object.entries(label))
    message(to, FIELD.model.metadataProps, (entry) => {
      text(entry, FIELD.entry.key, key);
      text(entry, FIELD.entry.value, value);
    });
  return to.finish();
}
