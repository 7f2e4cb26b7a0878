import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { explain, rules } from "../../../src/explain/explain.ts";
import { echoedCommands, lastLineWith, lastMatch } from "../../../src/explain/lines.ts";
import { closingReport } from "../../../src/explain/report.ts";
import { evidenceOf, serviceEvidence } from "../../support/evidence.ts";

describe("the rules", () => {
  it("have names of their own, fit to be an anchor and a label", () => {
    const names = rules.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z0-9]+(?:-[a-z0-9]+)+$/);
  });

  it("are all told of in docs/troubleshooting.md, and nothing else is", async () => {
    const text = await readFile(new URL("../../../docs/troubleshooting.md", import.meta.url), "utf8");
    const headings = [...text.matchAll(/^### (.+)$/gm)].map((match) => match[1]);
    expect(new Set(headings)).toEqual(new Set(rules.map(({ name }) => name)));
  });

  it("print what docs/troubleshooting.md shows as an example", async () => {
    const text = await readFile(new URL("../../../docs/troubleshooting.md", import.meta.url), "utf8");
    const services = [
      serviceEvidence({ name: "docker:27-dind", image: "docker:27-dind", aliases: ["docker"], isDaemon: true }),
    ];
    const client = { ...evidenceOf().client, host: "tcp://docker:2376" };
    const output = ["$ docker info", "Error response from daemon: Client sent an HTTP request to an HTTPS server."];
    const report = closingReport("", explain(evidenceOf({ output, services, client })));
    expect(/^```\n([^]*?)\n```$/m.exec(text)?.[1]?.split("\n")).toEqual(report);
  });

  it("find nothing in a job that failed without a word", () => {
    expect(explain(evidenceOf())).toEqual([]);
  });

  it("find no cause of a job that succeeded, whatever it printed", () => {
    const output = [
      "error during connect: lookup docker: no such host",
      "sh: foo: not found",
      "no space left on device",
    ];
    expect(explain(evidenceOf({ failure: null, output })).filter(({ isCause }) => isCause)).toEqual([]);
  });
});

describe("lines of the output", () => {
  const lines = ["$ echo ERROR: one", "ERROR: two", "$ cat ERROR: three", "more"];

  it("are searched from the last one up, the author's own commands left out", () => {
    expect(lastMatch(lines, /ERROR: (.*)/)?.[1]).toBe("two");
    expect(lastMatch(lines, /three/)).toBeNull();
  });

  it("are searched for one that has all of the words, in whatever order", () => {
    expect(lastLineWith([...lines, "$ three ERROR"], [/two/, /ERROR/])).toBe("ERROR: two");
    expect(lastLineWith(lines, [/two/, /three/])).toBeNull();
  });

  it("tell which commands were run", () => {
    expect(echoedCommands(lines)).toEqual(["echo ERROR: one", "cat ERROR: three"]);
  });
});
