import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { gitConfigText } from "../../../src/script/git-config-text.ts";
import { git, temporaryDirectory } from "./shells.ts";

it("is read by git as it was meant, whatever is in it", () => {
  using root = temporaryDirectory();
  const path = join(root.path, "config");
  const unit = fc.constantFrom("a", "B", " ", '"', "\\", "#", ";", "=", "[", "]", "'", "é", "%", "\t");
  const text = fc.string({ unit, minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(text, text, (subsection, value) => {
      writeFileSync(
        path,
        gitConfigText([
          { section: "url", subsection, key: "insteadOf", value },
          { section: "gc", key: "auto", value: "0" },
        ]),
      );
      expect(git(root.path, "config", "-z", "-f", path, "--list")).toBe(
        `url.${subsection}.insteadof\n${value}\0gc.auto\n0\0`.trim(),
      );
    }),
    { numRuns: 40 },
  );
});
