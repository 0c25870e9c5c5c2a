/** Something that is not as it should be. */
export interface Finding {
  /** `broken`: what is promised does not hold. `left`: nothing is wrong, but room is taken up. */
  readonly level: 'broken' | 'left';
  /** Where it was found: `catalog`, `lake`, `blobs`, `online`, `log`, `tracking`, `temp` or `state`. */
  readonly room: string;
  /** What is so, with names and numbers. */
  readonly what: string;
  /** What to do, or what `--fix` does. */
  readonly todo: string;
  /** Present where it can be mended without a loss; gives what was done. */
  readonly fix?: () => Promise<string> | string;
}
