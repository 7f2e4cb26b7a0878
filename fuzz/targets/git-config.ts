import * as fc from "fast-check";
import { type GitConfigEntry, gitConfigText } from "../../src/script/git-config-text.ts";
import { quote } from "../../src/script/quote.ts";
import { holdEqual, unlessRefused } from "../hold.ts";
import type { FuzzTarget } from "../target.ts";
import { hostileText } from "../texts.ts";

const text = hostileText(
  ['"', "\\", "]", "[", "\n", "#", ";", "=", "url", "https://x", "\t", "\b", "\r", "[core]\n\tpager = x"],
  { longest: 20_000, pieces: 8 },
);

/** Git configuration that the agent writes: a value is never more than a value. */
export const gitConfig: FuzzTarget<{ readonly subsection: string; readonly value: string }> = {
  name: "git-config",
  share: 50,
  arbitrary: fc.record({ subsection: text, value: text }),
  check({ subsection, value }) {
    const entries: GitConfigEntry[] = [
      { section: "url", subsection, key: "insteadOf", value },
      { section: "gc", key: "auto", value: "0" },
    ];
    const written = unlessRefused(["SCRIPT_NUL", "GIT_SETTINGS"], () => {
      const text = gitConfigText(entries);
      // It goes to git by way of a shell, which takes no NUL.
      quote(text);
      return text;
    });
    if (written !== null) holdEqual(readGitConfig(written), entries, "what is written is what git reads");
  },
};

/** As git reads the form that is written: `[section "subsection"]` and `key = "value"`, each on a line. null: it would not. */
function readGitConfig(text: string): GitConfigEntry[] | null {
  const entry = /\[([a-z]+)(?: "((?:\\[^\n\0]|[^"\\\n\0])*)")?\]\n\t([a-zA-Z]+) = "((?:\\["\\nt]|[^"\\\n\0])*)"\n/y;
  const entries: GitConfigEntry[] = [];
  while (entry.lastIndex < text.length) {
    const match = entry.exec(text);
    if (match === null) return null;
    const [, section = "", subsection, key = "", value = ""] = match;
    const read = value.replaceAll(/\\(.)/g, (_, char: string) => ({ n: "\n", t: "\t" })[char] ?? char);
    entries.push({
      section,
      ...(subsection === undefined ? {} : { subsection: subsection.replaceAll(/\\(.)/gs, "$1") }),
      key,
      value: read,
    });
  }
  return entries;
}
