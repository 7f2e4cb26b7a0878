/** CI_DEBUG_TRACE: from here on the shell says each command before it runs it, on standard error. */
export const traceLine = "set -o xtrace";

/** A command that a trace never shows: what it is given is a secret that may have no mask. */
export function untraced(command: string): string {
  return `({ set +o xtrace; } 2>/dev/null; ${command})`;
}
