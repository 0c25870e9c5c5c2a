import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { FIELD } from '../train/onnx/fields.ts';

/** What goes into a model or comes out of it, as its file says. */
export type OnnxValue =
  | {
      readonly name: string;
      readonly kind: 'tensor';
      /** TensorProto.DataType by its name. */
      readonly element: string;
      /** By dimension its size; null where it is free. */
      readonly shape: readonly (number | null)[];
    }
  | { readonly name: string; readonly kind: 'sequence' | 'map' | 'other' };

export interface OnnxSignature {
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** Whether some of its numbers lie in files beside it. */
  readonly external: boolean;
}

/** TensorProto.DataType. */
const ELEMENTS: Readonly<Record<number, string>> = {
  ...{ 1: 'float', 2: 'uint8', 3: 'int8', 4: 'uint16', 5: 'int16', 6: 'int32', 7: 'int64', 8: 'string' },
  ...{ 9: 'bool', 10: 'float16', 11: 'double', 12: 'uint32', 13: 'uint64', 16: 'bfloat16' },
};
/** TypeProto. */
const [SEQUENCE, MAP] = [4, 5];
/** TensorProto.data_location, and its value for a file beside this one. */
const DATA_LOCATION = 14;
const EXTERNAL = 1;

/** What is done with a field: with its whole number, its text or its bytes. */
type Visit =
  | { readonly whole: (value: number) => void }
  | { readonly text: (value: string) => void }
  | { readonly bytes: (value: Uint8Array) => void };

/** Visits the fields that are asked for; others are passed over. */
function walk(bytes: Uint8Array, fields: Readonly<Record<number, Visit>>): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    const visit = fields[field];
    if (visit === undefined || 'whole' in visit !== (wire === WireType.Varint)) reader.skip(wire, field);
    else if ('whole' in visit) visit.whole(Number(reader.int64()));
    else if ('text' in visit) visit.text(reader.string());
    else visit.bytes(reader.bytes());
  }
}

/**
 * Reads what an ONNX file asks for and gives, without loading it: its operators are nobody's business before it is used.
 * Undefined when the bytes are no ONNX file.
 */
export function signatureOf(bytes: Uint8Array): OnnxSignature | undefined {
  const inputs: OnnxValue[] = [];
  const outputs: OnnxValue[] = [];
  const constants = new Set<string>();
  let [version, graphs, external] = [0, 0, false];
  const tensorAt = (tensor: Uint8Array): void =>
    walk(tensor, {
      [FIELD.tensor.name]: { text: (name) => constants.add(name) },
      [DATA_LOCATION]: {
        whole: (value) => {
          external ||= value === EXTERNAL;
        },
      },
    });
  const graphAt = (graph: Uint8Array): void => {
    graphs++;
    walk(graph, {
      [FIELD.graph.initializer]: { bytes: tensorAt },
      [FIELD.graph.input]: { bytes: (value) => inputs.push(edgeOf(value)) },
      [FIELD.graph.output]: { bytes: (value) => outputs.push(edgeOf(value)) },
    });
  };
  try {
    walk(bytes, {
      [FIELD.model.irVersion]: {
        whole: (value) => {
          version = value;
        },
      },
      [FIELD.model.graph]: { bytes: graphAt },
    });
  } catch {
    return undefined;
  }
  if (graphs !== 1 || version <= 0 || outputs.length === 0) return undefined;
  // Before ONNX IR 4 constants were listed among the inputs.
  return { inputs: inputs.filter(({ name }) => !constants.has(name)), outputs, external };
}

function edgeOf(bytes: Uint8Array): OnnxValue {
  let name = '';
  let kind = 'other' as OnnxValue['kind'];
  let element = 'undefined';
  const shape: (number | null)[] = [];
  const dimensions = (dims: Uint8Array): void =>
    walk(dims, { [FIELD.shape.dim]: { bytes: (dim) => shape.push(sizeOf(dim)) } });
  const tensor = (type: Uint8Array): void => {
    kind = 'tensor';
    walk(type, {
      [FIELD.tensorType.elemType]: {
        whole: (value) => {
          element = ELEMENTS[value] ?? `type ${value}`;
        },
      },
      [FIELD.tensorType.shape]: { bytes: dimensions },
    });
  };
  const other = (found: 'sequence' | 'map'): Visit => ({
    bytes: () => {
      kind = found;
    },
  });
  walk(bytes, {
    [FIELD.valueInfo.name]: {
      text: (value) => {
        name = value;
      },
    },
    [FIELD.valueInfo.type]: {
      bytes: (type) =>
        walk(type, {
          [FIELD.type.tensorType]: { bytes: tensor },
          [SEQUENCE]: other('sequence'),
          [MAP]: other('map'),
        }),
    },
  });
  return kind === 'tensor' ? { name, kind, element, shape } : { name, kind };
}

/** Exporters write 0 or −1 where they mean any. */
function sizeOf(dimension: Uint8Array): number | null {
  let size: number | null = null;
  walk(dimension, {
    [FIELD.dimension.value]: {
      whole: (value) => {
        size = value > 0 ? value : null;
      },
    },
  });
  return size;
}
