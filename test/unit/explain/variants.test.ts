import { describe, expect, it } from "vitest";
import { explain } from "../../../src/explain/explain.ts";
import { evidenceOf } from "../../support/evidence.ts";
import { madeFailures } from "../../support/ordinary-failures.ts";

const failures = madeFailures();

describe("a fault in the words of one client or version", () => {
  it.each(failures)("is explained: $title", ({ evidence, want }) => {
    const first = explain(evidence).find(({ isCause }) => isCause);
    expect(want.split("|")).toContain(first?.rule);
  });

  it("is in the fixtures often enough", () => {
    expect(failures.length).toBeGreaterThan(80);
  });

  it.each(failures)("is not explained when it was elsewhere: $title", ({ evidence }) => {
    const output = evidence.output.map((line) =>
      line.startsWith("$ ") ? `$ ssh deploy@prod "${line.slice(2)}"` : line,
    );
    expect(explain({ ...evidence, output })).toEqual([]);
  });
});

describe("advice on a command that was not found", () => {
  it("under npm run is to install the dependencies, and not the command", () => {
    const failure = { exitCode: 127, reason: "script_failure", message: "exit code 127" };
    const output = ["$ npm run build", "", "> app@1.0.0 build", "> tsc -p .", "", "sh: 1: tsc: not found"];
    expect(explain(evidenceOf({ failure, output }))[0]?.author).toMatch(/npm ci.*is tsc in devDependencies/);
  });
});
