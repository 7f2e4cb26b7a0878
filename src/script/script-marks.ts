/**
 * What a script prints of itself, beside its output: that the shell has begun with it, and that it is over. A connection
 * that is cut looks like both otherwise.
 */
export interface ScriptMark {
  /** Random for each script: no output holds it by chance or by intent. */
  readonly id: string;
}

/** The bytes, on one line: they begin with one that hardly any output holds (ASCII record separator). */
export function beginMarkText({ id }: ScriptMark): string {
  return `\u001Elongshore-begin:${id}\n`;
}

/** As `beginMarkText`; printed on both streams. Behind a long line the daemon's copy has lost its newline. */
export function endMarkText({ id }: ScriptMark): string {
  return `\u001Elongshore-end:${id}\n`;
}

/**
 * What the command of a container prints on both streams once it is about to become the shell that reads the script: on
 * standard output, where the script says that it has begun, and on standard error, where that shell speaks of a script
 * that was cut.
 */
export const shellMarkText = "\u001Elongshore-shell\n";

const sayShell = `printf "\\036longshore-shell\\n"`;
export const shellLine = `${sayShell}; ${sayShell} >&2`;

/** To be the first command of what is read as a whole before anything of it runs. */
export function beginLine({ id }: ScriptMark): string {
  return `printf "\\036longshore-begin:${id}\\n"`;
}

/**
 * To stand before the script: it says that it is over however it ends but by SIGKILL. Subshells, which the author's
 * commands are run in, don't inherit the trap (POSIX, trap).
 */
export function endLine({ id }: ScriptMark): string {
  const print = `printf "\\036longshore-end:${id}\\n"`;
  return `trap '${print} 2>/dev/null || :; ${print} >&2 2>/dev/null || :' EXIT`;
}
