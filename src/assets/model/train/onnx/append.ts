import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { FIELD } from './fields.ts';
import { type OnnxConstant, type OnnxNode, writeConstant, writeNode } from './model.ts';

/**
 * An ONNX file whose output goes through further nodes: these read it as `raw` and give it anew under its old name. What is not
 * changed is copied byte for byte, so any file will do.
 */
export function appended(
  file: Uint8Array,
  output: string,
  raw: string,
  nodes: readonly OnnxNode[],
  constants: readonly OnnxConstant[],
): Uint8Array {
  const to = new BinaryWriter();
  copy(file, to, (field, bytes) => {
    if (field !== FIELD.model.graph) return false;
    to.tag(field, WireType.LengthDelimited).fork();
    copy(bytes, to, (inner, node) => {
      if (inner !== FIELD.graph.node) return false;
      to.tag(inner, WireType.LengthDelimited).fork();
      copyNode(node, to, output, raw);
      to.join();
      return true;
    });
    for (const node of nodes) {
      to.tag(FIELD.graph.node, WireType.LengthDelimited).fork();
      writeNode(to, node);
      to.join();
    }
    for (const constant of constants) {
      to.tag(FIELD.graph.initializer, WireType.LengthDelimited).fork();
      writeConstant(to, constant);
      to.join();
    }
    to.join();
    return true;
  });
  return to.finish();
}

/** A node, with the output under its new name, also where others read it; a node may be called like it. */
function copyNode(node: Uint8Array, to: BinaryWriter, output: string, raw: string): void {
  const decoder = new TextDecoder();
  copy(node, to, (field, bytes) => {
    const { input, output: made, name } = FIELD.node;
    if (![input, made, name].includes(field as never) || decoder.decode(bytes) !== output) return false;
    to.tag(field, WireType.LengthDelimited).string(raw);
    return true;
  });
}

/** Copies the fields of a message, but for those that `instead` writes itself. */
function copy(
  message: Uint8Array,
  to: BinaryWriter,
  instead: (field: number, bytes: Uint8Array) => boolean,
): void {
  const from = new BinaryReader(message);
  while (from.pos < from.len) {
    const start = from.pos;
    const [field, wire] = from.tag();
    if (wire === WireType.LengthDelimited) {
      const bytes = from.bytes();
      if (instead(field, bytes)) continue;
    } else from.skip(wire);
    to.raw(message.subarray(start, from.pos));
  }
}
