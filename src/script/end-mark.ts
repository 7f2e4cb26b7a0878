/** What a script prints on both streams when it is over, on a line that its last output may begin. */
export interface EndMark {
  /** Random for each run of a script: no output holds it by chance or by intent. */
  readonly id: string;
}

/** The bytes: they begin with one that hardly any output holds (ASCII record separator). */
export function endMarkText({ id }: EndMark): string {
  return `\u001Elongshore-end:${id}\n`;
}

/**
 * Lets a script say when it is over, however it ends but by SIGKILL: a connection that is cut looks like an end
 * otherwise. Subshells, which the author's commands are run in, don't inherit the trap (POSIX, trap).
 */
export function withEndMark(script: string, mark: EndMark): string {
  const print = `printf "\\036longshore-end:${mark.id}\\n"`;
  return `trap '${print} 2>/dev/null || :; ${print} >&2 2>/dev/null || :' EXIT\n${script}`;
}
