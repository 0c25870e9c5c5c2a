import type { Kernel } from './kernel.ts';
import { plainKernel } from './plain-kernel.ts';
import type { Memory } from './wasm.ts';
import { wasmKernel } from './wasm-kernel.ts';

export type { Kernel } from './kernel.ts';
export { type Memory, openMemory } from './wasm.ts';

/** The fastest kernel there is for arrays that all lie in `memory`, or each by itself. Which it is changes nothing but the time. */
export const kernelFor = (memory: Memory | undefined): Kernel =>
  (memory === undefined ? undefined : wasmKernel(memory)) ?? plainKernel;
