import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** Every way in which a code comes into the sources as a literal. */
const literals: readonly RegExp[] = [
  // The constructors and their wrapper, the code on the same line or the next.
  /\b(?:new (?:AgentError|JobRefusal)|configurationRefusal)\(\s*"(?<codes>[^"]+)"/g,
  // Data that becomes an error elsewhere: `code: "A"`, `code: "A" | "B"`, `code: wrong ? "A" : "B"`, `const code = ...`.
  /\bcode(?:: | = )(?:\w[\w.= "]*? \? )?(?<codes>"[A-Z][A-Z0-9_]+"(?:\s*[|:]\s*"[A-Z][A-Z0-9_]+")*)/g,
];

/** Errors whose code is passed through: where it comes from is found by `literals`. A new one belongs here once that is so. */
const passedThrough: Readonly<Record<string, number>> = {
  "src/commands/exec-run.ts": 1,
  "src/commands/run-single.ts": 1,
  "src/commands/unregister.ts": 1,
  "src/config/check-entry.ts": 2,
  "src/config/parse.ts": 1,
  "src/coordinator/embedded/listen.ts": 1,
  "src/coordinator/network-error.ts": 1,
  "src/executor/seccomp-profiles.ts": 1,
  "src/job/refusal.ts": 2,
};

/** Of a network failure, told apart from the system's codes: its reason reaches a person, it doesn't. */
const notForPeople = ["REDIRECT"];

const sources = readdirSync(`${root}src`, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => ({ file: `src/${file.replaceAll("\\", "/")}`, text: readFileSync(`${root}src/${file}`, "utf8") }));

const rows = readFileSync(`${root}docs/errors.md`, "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| `"))
  .map((line) => line.split("|").slice(1, -1))
  .map((cells) => cells.map((cell) => cell.trim()));

function codesIn(text: string): string[] {
  return literals
    .flatMap((pattern) => [...text.matchAll(pattern)])
    .flatMap((match) => (match.groups?.["codes"] ?? "").match(/[A-Z][A-Z0-9_]+/g) ?? []);
}

function countBy(pattern: RegExp): Record<string, number> {
  const counts = sources.map(({ file, text }) => [file, [...text.matchAll(pattern)].length] as const);
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

const documented = rows.map(([code = ""]) => code.replaceAll("`", ""));
const thrown = [...new Set(sources.flatMap(({ text }) => codesIn(text)))].filter(
  (code) => !notForPeople.includes(code),
);

describe("docs/errors.md", () => {
  it("has a row for every code that the sources know", () => {
    expect(thrown.length).toBeGreaterThanOrEqual(80);
    expect(thrown.filter((code) => !documented.includes(code)).sort()).toEqual([]);
  });

  it("has no row for a code that is gone, and none twice", () => {
    expect(documented.filter((code) => !thrown.includes(code))).toEqual([]);
    expect(documented.filter((code, index) => documented.indexOf(code) !== index)).toEqual([]);
  });

  it("says in each row what happened, what to change, for whom, and how a command ends", () => {
    const incomplete = rows.filter(([, what = "", change = "", audience = "", exit = "", ...more]) => {
      const sentences = what.endsWith(".") && change.endsWith(".");
      return !sentences || !/^(?:admin|author)$/.test(audience) || !/^(?:1|2|job)$/.test(exit) || more.length > 0;
    });
    expect(incomplete).toEqual([]);
  });
});

describe("the codes that the test collects", () => {
  it("are those of every error that is made: only known places pass a code on that stands elsewhere", () => {
    const made = /\b(?:new (?:AgentError|JobRefusal)|configurationRefusal)\(\s*(?!\s|"[A-Z][A-Z0-9_]+")/g;
    expect(countBy(made)).toEqual(passedThrough);
  });

  it("miss no wrapper: AgentError has no other child, and nothing else takes a code to make one", () => {
    expect(countBy(/\bextends (?:AgentError|JobRefusal)\b/g)).toEqual({ "src/job/refusal.ts": 1 });
    const wrapper = /\(\s*code: string,(?:[^()]|\([^()]*\))*\)(?::\s*(?:AgentError|JobRefusal)| \{\s*super\()/g;
    expect(countBy(wrapper)).toEqual({ "src/job/refusal.ts": 2, "src/support/errors.ts": 1 });
  });

  it("count what a wrapped line, a union and a choice hold", () => {
    expect(codesIn('throw new AgentError(\n  "A_CODE",\n  `text`')).toEqual(["A_CODE"]);
    expect(codesIn('readonly code: "ONE_CODE" | "OTHER_CODE";')).toEqual(["ONE_CODE", "OTHER_CODE"]);
    expect(codesIn('const code = failure.cause === "x" ? "ONE_CODE" : "OTHER_CODE";')).toEqual([
      "ONE_CODE",
      "OTHER_CODE",
    ]);
    expect(codesIn('if (code === "ENOENT") return null;')).toEqual([]);
  });
});
