/** Rows that are posted to the server. Nothing to say so far: the log's name follows from the source's. */
export type StreamSpec = Readonly<Record<never, never>>;
