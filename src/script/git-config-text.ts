/** One `key = value` of a git configuration file, in the section `[section]` or `[section "subsection"]`. */
export interface GitConfigEntry {
  readonly section: string;
  readonly subsection?: string;
  readonly key: string;
  readonly value: string;
}

/**
 * The text of a git configuration file. Written by us and not by `git config`: every call of that is a process, and
 * the start of a job is measured.
 */
export function gitConfigText(entries: readonly GitConfigEntry[]): string {
  return entries
    .map(({ section, subsection, key, value }) => {
      const name = subsection === undefined ? section : `${section} "${subsection.replaceAll(/["\\]/g, "\\$&")}"`;
      return `[${name}]\n\t${key} = "${escapeValue(value)}"\n`;
    })
    .join("");
}

function escapeValue(value: string): string {
  return value.replaceAll(/["\\]/g, "\\$&").replaceAll("\n", "\\n").replaceAll("\t", "\\t");
}
