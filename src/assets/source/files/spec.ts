/** How the text of a file becomes cells. */
export type FileForm = {
  /** By default told from the ending. */
  readonly format?: 'csv' | 'jsonl' | 'parquet';
  /** Of CSV: one ASCII character. By default the one of , ; tab | that finds most declared columns in the header. */
  readonly delimiter?: string;
  /** Whether the first record of a CSV file names its columns (default); if not, they stand in declared order. */
  readonly header?: boolean;
  /** Texts that mean a missing cell in CSV. */
  readonly nulls: readonly string[];
};

/** Which files a source reads and how. */
export type FilesSpec = FileForm & {
  /** Relative to the project's folder, or absolute; or the address of objects: `s3://bucket/in/*.csv`, `https://host/x.csv`. */
  readonly glob: string;
};
