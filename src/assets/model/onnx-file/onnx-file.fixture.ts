import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { FIELD } from '../train/onnx/fields.ts';

/** An edge of a made-up file. `element` is TensorProto.DataType; `of` another TypeProto field than a tensor. */
export interface MadeEdge {
  readonly name: string;
  readonly element?: number;
  readonly shape?: readonly (number | string)[];
  readonly of?: 4 | 5;
}

export interface MadeFile {
  readonly inputs: readonly MadeEdge[];
  readonly outputs: readonly MadeEdge[];
  /** Names of constants; `external` keeps their numbers elsewhere. */
  readonly constants?: readonly string[];
  readonly external?: true;
}

type Write = (to: BinaryWriter) => void;

/** TensorProto.DataType. */
const BOOL = 9;

function message(to: BinaryWriter, field: number, write: Write): void {
  to.tag(field, WireType.LengthDelimited).fork();
  write(to);
  to.join();
}

/** The bytes of an ONNX file with edges and no nodes: enough to be looked at, nothing to be run. */
export function madeFile({ inputs, outputs, constants = [], external }: MadeFile): Uint8Array {
  const to = new BinaryWriter();
  to.tag(FIELD.model.irVersion, WireType.Varint).int64(8);
  message(to, FIELD.model.graph, (graph) => {
    for (const name of constants)
      message(graph, FIELD.graph.initializer, (tensor) => {
        tensor.tag(FIELD.tensor.name, WireType.LengthDelimited).string(name);
        if (external) tensor.tag(14, WireType.Varint).int32(1);
      });
    for (const input of inputs) message(graph, FIELD.graph.input, (value) => edge(value, input));
    for (const output of outputs) message(graph, FIELD.graph.output, (value) => edge(value, output));
  });
  return to.finish();
}

function edge(to: BinaryWriter, { name, element = 1, shape = ['n', 1], of }: MadeEdge): void {
  to.tag(FIELD.valueInfo.name, WireType.LengthDelimited).string(name);
  message(to, FIELD.valueInfo.type, (type) => {
    if (of !== undefined) return message(type, of, () => {});
    message(type, FIELD.type.tensorType, (tensor) => {
      tensor.tag(FIELD.tensorType.elemType, WireType.Varint).int32(element);
      message(tensor, FIELD.tensorType.shape, (dims) => {
        for (const size of shape)
          message(dims, FIELD.shape.dim, (dim) => {
            if (typeof size === 'number') dim.tag(FIELD.dimension.value, WireType.Varint).int64(size);
            else dim.tag(FIELD.dimension.param, WireType.LengthDelimited).string(size);
          });
      });
    });
  });
}

/** A file that loads, fits the input `x`, and never answers: it goes round in a loop whose condition stays true. */
export function endlessFile(): Uint8Array {
  const to = new BinaryWriter();
  const text = (into: BinaryWriter, field: number, value: string): void => {
    into.tag(field, WireType.LengthDelimited).string(value);
  };
  const node = (into: BinaryWriter, op: string, inputs: string[], outputs: string[], more?: Write): void =>
    message(into, FIELD.graph.node, (one) => {
      for (const input of inputs) text(one, FIELD.node.input, input);
      for (const output of outputs) text(one, FIELD.node.output, output);
      text(one, FIELD.node.opType, op);
      more?.(one);
    });
  to.tag(FIELD.model.irVersion, WireType.Varint).int64(8);
  message(to, FIELD.model.opsetImport, (opset) => {
    text(opset, FIELD.opset.domain, '');
    opset.tag(FIELD.opset.version, WireType.Varint).int64(17);
  });
  message(to, FIELD.model.graph, (graph) => {
    text(graph, FIELD.graph.name, 'endless');
    message(graph, FIELD.graph.initializer, (tensor) => {
      text(tensor, FIELD.tensor.name, 'yes');
      tensor.tag(FIELD.tensor.dataType, WireType.Varint).int32(BOOL);
      tensor.tag(FIELD.tensor.rawData, WireType.LengthDelimited).bytes(Uint8Array.of(1));
    });
    node(graph, 'Loop', ['', 'yes', 'x'], ['value'], (loop) =>
      message(loop, FIELD.node.attribute, (attribute) => {
        text(attribute, FIELD.attribute.name, 'body');
        // AttributeProto.g, of type GRAPH.
        message(attribute, 6, (body) => {
          text(body, FIELD.graph.name, 'body');
          node(body, 'Identity', ['go'], ['go_on']);
          node(body, 'Identity', ['before'], ['after']);
          for (const input of [
            { name: 'round', element: 7, shape: [] },
            { name: 'go', element: BOOL, shape: [] },
            { name: 'before' },
          ])
            message(body, FIELD.graph.input, (value) => edge(value, input));
          for (const output of [{ name: 'go_on', element: BOOL, shape: [] }, { name: 'after' }])
            message(body, FIELD.graph.output, (value) => edge(value, output));
        });
        attribute.tag(FIELD.attribute.type, WireType.Varint).int32(5);
      }),
    );
    message(graph, FIELD.graph.input, (value) => edge(value, { name: 'x' }));
    message(graph, FIELD.graph.output, (value) => edge(value, { name: 'value' }));
  });
  return to.finish();
}
