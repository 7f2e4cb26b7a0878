import { expect, it } from "vitest";
import { gitConfigText } from "../../../src/script/git-config-text.ts";

it("lets no line break out of the name of a section", () => {
  const entry = { section: "url", subsection: 'https://x"]\n[core]\n\tpager = "x', key: "insteadOf", value: "y" };
  expect(() => gitConfigText([entry])).toThrowError(expect.objectContaining({ code: "GIT_SETTINGS" }));
});
