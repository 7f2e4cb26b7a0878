/** What has passed through an archive so far. */
export interface Tally {
  /** Of the files' own content, not packed. */
  bytes: number;
  files: number;
}
