import * as fc from "fast-check";
import { anyMatch, includeMatches } from "../../src/pipeline/glob.ts";
import { hold } from "../hold.ts";
import type { FuzzTarget } from "../target.ts";
import { hostileText } from "../texts.ts";

/**
 * Globs of rules and includes, with few stars: each is one more loop inside the others. They are matched where the
 * author's own repository is, and not by the agent.
 */
export const pipelineGlobs: FuzzTarget<{ readonly pattern: string; readonly file: string }> = {
  name: "pipeline-globs",
  share: 30,
  arbitrary: fc.record({
    pattern: hostileText(
      [
        "a",
        "b",
        "/",
        "*",
        "**",
        "**/",
        "*a",
        "?",
        "[a-z]",
        "[!a]",
        "{a,b}",
        "{",
        "}",
        "[",
        "]",
        "\\",
        "!",
        "+(a)",
        "@(a|b)",
        "..",
        ".",
      ],
      { longest: 3_000 },
    ).map(withFewStars),
    file: hostileText(["a", "b", "/", "."], { longest: 1_000 }),
  }),
  check({ pattern, file }) {
    anyMatch([pattern], [file]);
    const found = includeMatches(pattern, [file]);
    hold(
      found.every((path) => path === file),
      "what is found was there",
    );
  },
};

function withFewStars(pattern: string): string {
  let stars = 0;
  return pattern.replaceAll(/\*+/g, (run) => (stars++ < 2 ? run : "x"));
}
