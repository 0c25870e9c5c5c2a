// The few fields of onnx.proto that a stump needs, written by hand: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto

const varint = (value) => {
  const bytes = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return [...bytes, left];
    bytes.push((left % 128) + 128);
  }
};
const int = (field, value) => [...varint(field * 8), ...varint(value)];
const bytes = (field, value) => [...varint(field * 8 + 2), ...varint(value.length), ...value];
const text = (field, value) => bytes(field, Buffer.from(value));

const FLOAT = 1;
const STRING = 8;

const edge = (field, name, element) => {
  const shape = [...bytes(1, text(2, 'n')), ...bytes(1, int(1, 1))];
  const tensor = [...int(1, element), ...bytes(2, shape)];
  return bytes(field, [...text(1, name), ...bytes(2, bytes(1, tensor))]);
};

const constant = (name, value) =>
  bytes(5, [
    ...[...int(1, 1), ...int(1, 1), ...int(2, FLOAT), ...text(8, name)],
    ...bytes(9, Buffer.from(Float32Array.of(value).buffer)),
  ]);

const node = (op, inputs, output) =>
  bytes(1, [...inputs.flatMap((name) => text(1, name)), ...text(2, output), ...text(4, op)]);

/** value = x < border ? below : other */
export function modelOf(columns, { name, border, below, other }) {
  const graph = [
    ...node('Less', [name, '_border'], '_is_below'),
    ...node('Where', ['_is_below', '_below', '_other'], 'value'),
    ...text(2, 'stump'),
    ...[...constant('_border', border), ...constant('_below', below), ...constant('_other', other)],
    ...columns.flatMap((column) => edge(11, column.name, column.type === 'number' ? FLOAT : STRING)),
    ...edge(12, 'value', FLOAT),
  ];
  return Uint8Array.from([...int(1, 8), ...bytes(8, int(2, 17)), ...bytes(7, graph)]);
}
