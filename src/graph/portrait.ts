import type { JsonObject } from '../base/index.ts';
import type { Version } from '../store/state/index.ts';
import type { Lineage } from './lineage.ts';
import type { Graph } from './project.ts';

/** What a kind may look at when it says what a node is: declarations, and the version in question. No data. */
export interface PortraitContext {
  readonly graph: Graph;
  /** The project's folder, absolute. */
  readonly folder: string;
  /** The version that it is about; absent before there is one. */
  readonly version?: Version | undefined;
  /** For addresses that stand in the environment. What is secret about them must not be told. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A dataset of others, by the naming rules of OpenLineage. Nothing secret is in it. */
export interface Outside {
  readonly namespace: string;
  readonly name: string;
  /** `FILE`, `TABLE`, `STREAM`, `API`. */
  readonly type: string;
  /** Where it is, as a URI. */
  readonly uri?: string;
}

/** What a check is about, by its name. */
export interface CheckNote {
  /** `not_null`, `unique`, `row_count`, … */
  readonly type: string;
  readonly column?: string;
  /** Whether what it observed is a figure that anybody may see, and not a value of a row. */
  readonly open: boolean;
}

/** What an asset is to those outside. It holds declarations and figures, never a value of a row, and no secret. */
export interface Portrait {
  /** `TABLE`, `FEATURES`, `MODEL`, … */
  readonly type: string;
  readonly columns?: readonly {
    readonly name: string;
    readonly type: string;
    readonly description?: string;
  }[];
  readonly query?: { readonly text: string; readonly dialect: string };
  /** What it takes its rows from outside; their columns go by the same names. */
  readonly outside?: readonly Outside[];
  /** How its columns come about, where its kind is built from the whole of its inputs and tells no lineage. */
  readonly lineage?: Pick<Lineage, 'columns'>;
  /** What a check of this name is about; undefined when it is not known. */
  readonly check?: (name: string) => CheckNote | undefined;
  /** Of its own kind: name of the facet (`model` for `millrace_model`), and what stands in it. */
  readonly facet?: { readonly name: string; readonly fields: JsonObject };
}
