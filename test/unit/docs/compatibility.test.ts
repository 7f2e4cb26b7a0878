import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { format, resolveConfig } from "prettier";
import { expect, it, vi } from "vitest";
import { compatibilityPage, readFeatures } from "../../conformance/compatibility.ts";

const file = fileURLToPath(new URL("../../../docs/compatibility.md", import.meta.url));

// The first to ask for them loads all cases, and all that these need.
vi.setConfig({ testTimeout: 60_000 });

it("docs/compatibility.md says what the conformance suite proves (UPDATE_DOCS=1 writes it)", async () => {
  const features = await readFeatures();
  const page = await format(compatibilityPage(features), { ...(await resolveConfig(file)), filepath: file });
  if (process.env["UPDATE_DOCS"] === "1") writeFileSync(file, page);
  expect(readFileSync(file, "utf8")).toBe(page);
});

it("no two cases of a feature claim the same", async () => {
  for (const { title, cases } of await readFeatures()) {
    const titles = cases.map((each) => each.title);
    expect([title, titles.filter((each, index) => titles.indexOf(each) !== index)]).toEqual([title, []]);
  }
});
