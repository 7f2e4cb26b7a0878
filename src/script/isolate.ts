import { quote } from "./quote.ts";

const TRAP = "trap 'exit 1' TERM";

/**
 * Runs `body` so that the shell has read all of it before it starts (the script arrives on standard input), that its
 * commands find an empty standard input, and that a TERM ends it without the shell printing what it was doing.
 * The script stops at the first command that fails, with that command's exit code.
 */
export function isolated(body: string): string {
  return `${TRAP}
case "$(set -o)" in *pipefail*) set -o pipefail ;; esac
set -o errexit
set +o noclobber
(${TRAP}; eval ${quote(body)}) </dev/null
exit 0
`;
}

/** A script for the helper. `openUmask`: what it makes can be written by whatever user the build container runs as. */
export function helperScript(lines: readonly string[], openUmask: boolean): string {
  return (openUmask ? "umask 0000\n" : "") + isolated(lines.join("\n"));
}
