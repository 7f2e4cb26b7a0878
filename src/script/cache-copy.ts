/** Sets `$_longshore_cp`, the options of a `cp` that keeps everything and shares blocks where the file system can. */
export const COPY_OPTIONS = `case "$(cp --help 2>&1)" in
  *--reflink*) export _longshore_cp='-a --reflink=auto' ;;
  *) export _longshore_cp=-a ;;
esac`;

/** Runs lines, of which the first failing one ends only them; `$_longshore_code` tells. errexit would be off inside an `if`. */
export function attempt(lines: readonly string[]): string[] {
  return ["set +e", "(", "set -e", ...lines, ")", "_longshore_code=$?", "set -e"];
}

/** Ends the lines where a job has put a link in the place of a cache's directory; `path` is shell text. */
export function ownDirectory(path: string): string[] {
  return [`if [ -L ${path} ] || [ ! -d ${path} ]; then exit 1; fi`];
}

/** Removes what a job has put in the place of a file: a FIFO would hold whoever opens it, a link leads elsewhere. */
export function ownFile(path: string): string[] {
  return [`if [ -L ${path} ] || { [ -e ${path} ] && [ ! -f ${path} ]; }; then rm -rf ${path}; fi`];
}
