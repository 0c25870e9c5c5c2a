import type { Numbering } from './numbering.ts';
import type { IsolationTree } from './tree.ts';

/** The score of a row is 2^(−sum of its ways through all trees / scale). */
export interface IsolationModel {
  readonly numberings: readonly Numbering[];
  readonly trees: readonly IsolationTree[];
  readonly scale: number;
}
