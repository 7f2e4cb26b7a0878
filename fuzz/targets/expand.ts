import * as fc from "fast-check";
import { expand } from "../../src/job/expand.ts";
import { internal, Variables } from "../../src/job/variables.ts";
import { expandKnown } from "../../src/pipeline/expand.ts";
import { quote } from "../../src/script/quote.ts";
import { hold, holdEqual, unlessRefused } from "../hold.ts";
import type { FuzzTarget } from "../target.ts";
import { hostileText } from "../texts.ts";

const words = ["$", "${", "}", "$A", "${A}", "$$", "%A%", "$1", "$?", "A", "_", "${}", "${A", "$B", "'", "\\"];

/** Variables in texts, for the agent and for shells. */
export const expansion: FuzzTarget<{ readonly text: string; readonly value: string }> = {
  name: "expand",
  share: 70,
  arbitrary: fc.record({ text: hostileText(words), value: hostileText(words, { longest: 300 }) }),
  check({ text, value }) {
    const variables = new Variables([
      internal("A", value),
      internal("B", text),
      { ...internal("F", value), file: true },
    ]);
    const expanded = expand(text, () => "");
    hold(expanded.length <= text.length, "nothing comes from nowhere");
    hold(text.includes("$") || expanded === text, "text without a dollar stays as it is");
    const once = unlessRefused(["VARIABLES_TOO_LONG"], () => variables.expand(text));
    hold(once === null || once.length <= 5_000_000, "a text that is expanded has a bounded length");
    const all = unlessRefused(["VARIABLES_TOO_LONG"], () => variables.expanded());
    const characters = all?.list.reduce((sum, { value: part }) => sum + part.length, 0) ?? 0;
    hold(characters <= 20_000_000, "all variables together have a bounded length");
    hold(
      variables.environment().every((entry) => !entry.includes("\0")),
      "no NUL is in an environment",
    );
    expandKnown(text, new Map([["A", value]]));
    const quoted = unlessRefused(["SCRIPT_NUL"], () => quote(text));
    if (quoted !== null) holdEqual(unquoted(quoted), text, "a quoted word is the word");
  },
};

/** As a POSIX shell reads one word of single quotes and escaped quotes; null when it is more than that. */
function unquoted(word: string): string | null {
  if (!word.includes("'")) return /[^A-Za-z0-9_./:@%,+-]/.test(word) || word === "" ? null : word;
  let text = "";
  for (let at = 0; at < word.length;) {
    if (word.startsWith("\\'", at)) {
      text += "'";
      at += 2;
      continue;
    }
    const end = word[at] === "'" ? word.indexOf("'", at + 1) : -1;
    if (end === -1) return null;
    text += word.slice(at + 1, end);
    at = end + 1;
  }
  return text;
}
