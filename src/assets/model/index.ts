export * from './declare.ts';
export * from './detail.ts';
export * from './inputs.ts';
export * from './kind.ts';
export * from './onnx.ts';
export * from './spec.ts';
export * from './training-set/index.ts';
