import { AgentError } from "../support/errors.ts";

/** One `key = value` of a git configuration file, in the section `[section]` or `[section "subsection"]`. */
export interface GitConfigEntry {
  readonly section: string;
  readonly subsection?: string;
  readonly key: string;
  readonly value: string;
}

/**
 * The text of a git configuration file. Written by us and not by `git config`: every call of that is a process, and
 * the start of a job is measured. Throws AgentError GIT_SETTINGS for a subsection with a line break, which git has no
 * way to write.
 */
export function gitConfigText(entries: readonly GitConfigEntry[]): string {
  return entries
    .map(({ section, subsection, key, value }) => {
      if (subsection !== undefined && /[\n\0]/.test(subsection)) throw unwritable(section);
      const name = subsection === undefined ? section : `${section} "${subsection.replaceAll(/["\\]/g, "\\$&")}"`;
      return `[${name}]\n\t${key} = "${escapeValue(value)}"\n`;
    })
    .join("");
}

function escapeValue(value: string): string {
  return value.replaceAll(/["\\]/g, "\\$&").replaceAll("\n", "\\n").replaceAll("\t", "\\t");
}

function unwritable(section: string): AgentError {
  return new AgentError("GIT_SETTINGS", `the name of a git setting in the section ${section} has a line break in it`, {
    hint: "Remove line breaks from the URLs that git is given.",
    audience: "author",
  });
}
