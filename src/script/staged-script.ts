/**
 * A script for the helper, in one step or in two. Two when patterns have to be matched: run `listScript`, hand its
 * whole standard output (NUL-separated names; standard error belongs to the log) to `finish`, run what that returns.
 */
export type StagedScript =
  | { readonly kind: "direct"; readonly script: string }
  | { readonly kind: "listed"; readonly listScript: string; readonly finish: (list: Uint8Array) => string };
