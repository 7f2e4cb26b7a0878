import { describe, expect, it } from "vitest";
import { resolvePlain } from "../../../src/pipeline/scalar.ts";
import { errorsOf, jobOf, messagesOf, pipelineOf, valuesOf } from "./compiling.ts";

describe("unquoted scalars mean what they mean to GitLab's parser", () => {
  it.each([
    ["yes", "boolean", "true"],
    ["On", "boolean", "true"],
    ["off", "boolean", "false"],
    ["y", "string", "y"],
    ["n", "string", "n"],
    ["", "null", ""],
    ["~", "null", ""],
    ["NULL", "null", ""],
    ["12", "integer", "12"],
    ["-7", "integer", "-7"],
    ["0755", "integer", "493"],
    ["0o17", "string", "0o17"],
    ["0x1F", "integer", "31"],
    ["0b101", "integer", "5"],
    ["1_000", "integer", "1000"],
    ["08", "string", "08"],
    ["22:22", "integer", "1342"],
    ["-1:30", "integer", "-90"],
    ["1:30.5", "float", "90.5"],
    ["3.10", "float", "3.1"],
    ["1.0", "float", "1.0"],
    ["1.5e+3", "float", "1500.0"],
    ["1e3", "string", "1e3"],
    [".inf", "float", "Infinity"],
    [".", "string", "."],
    ["1.2.3", "string", "1.2.3"],
    [":symbol", "string", "symbol"],
    ["99999999999999999999", "integer", "99999999999999999999"],
  ])("reads %s as a %s", (source, type, text) => {
    expect(resolvePlain(source)).toEqual({ type, text });
  });

  it.each(["2024-01-31", "2001-12-14t21:59:43.10-05:00", "2001-12-14 21:59:43"])("refuses the date %s", (source) => {
    expect(resolvePlain(source)).toEqual({ type: "date" });
    expect(messagesOf(`a:\n  script: x\n  variables:\n    D: ${source}\n`)[0]).toContain("Put it in quotes");
  });

  it("leaves quoted scalars and tagged strings as they are", () => {
    const job = jobOf(`a:\n  script: x\n  variables: {A: "yes", B: 'no', C: !!str 0755, D: yes}\n`);
    expect(valuesOf(job)).toEqual({ A: "yes", B: "no", C: "0755", D: "true" });
  });
});

describe("anchors and merge keys", () => {
  it("shares a hidden job by alias and by merge key", () => {
    const text = `.base: &base\n  image: one\n  tags: &tags [a]\na:\n  <<: *base\n  script: x\nb:\n  script: x\n  tags: *tags\n`;
    expect(jobOf(text, "a")).toMatchObject({ image: { name: "one" }, tags: ["a"] });
    expect(jobOf(text, "b").tags).toEqual(["a"]);
  });

  it("lets the first of a merged list win, and keys below '<<' win over it", () => {
    const text = `.one: &one {image: one, tags: [a]}\n.two: &two {image: two, stage: build}\na:\n  <<: [*one, *two]\n  tags: [b]\n  script: x\n`;
    expect(jobOf(text)).toMatchObject({ image: { name: "one" }, stage: "build", tags: ["b"] });
  });

  it("lets '<<' win over the keys above it, as GitLab does, and says so", () => {
    const pipeline = pipelineOf(`.b: &b {script: theirs}\na:\n  script: mine\n  <<: *b\n`);
    expect(pipeline.jobs[0]?.script).toEqual(["theirs"]);
    expect(pipeline.warnings).toEqual([expect.stringMatching(/^\.gitlab-ci\.yml:4: .*'script' of line 3 is replaced/)]);
  });

  it.each([
    ["a: *nope\n", "Unknown anchor '*nope'."],
    ["a: &x [*x]\n", "Unknown anchor '*x'."],
    ["a:\n  <<: text\n  script: x\n", "'<<' needs a map, or a list of maps."],
  ])("refuses %j", (text, message) => {
    expect(errorsOf(text)[0]?.message).toBe(message);
  });

  it("bounds what aliases can blow up to", () => {
    const lines = [".l0: &l0 [x, x, x, x, x, x, x, x, x]"];
    for (let level = 1; level < 12; level += 1) {
      lines.push(`.l${level}: &l${level} [${Array.from({ length: 9 }, () => `*l${level - 1}`).join(", ")}]`);
    }
    expect(errorsOf(`${lines.join("\n")}\na:\n  script: *l11\n`)[0]?.message).toMatch(/too big once its aliases/);
  });
});

describe("what is no configuration is an error with its place", () => {
  it.each([
    ["", 1, "The file is empty."],
    ["# nothing\n---\n", 1, "The file is empty."],
    ["- a\n", 1, "The file has to be a map of keywords and jobs."],
    ["just text\n", 1, "The file has to be a map of keywords and jobs."],
    ["a:\n  script: x\n  script: y\n", 3, "The key 'script' stands twice, in lines 2 and 3."],
    ["a:\n\tscript: x\n", 2, "Invalid YAML: Tabs are not allowed as indentation"],
    ["a:\n  script: echo a: b\n", 2, "Invalid YAML: Nested mappings are not allowed in compact mappings"],
    ["a:\n  script: [x\n", 3, "Invalid YAML: Flow sequence in block collection must be"],
    ["a:\n  script: !sh x\n", 2, "Unknown tag '!sh'."],
    ["? [a]\n: x\n", 1, "A key has to be plain text."],
    [`a:\n  script: x\n  cache: ${"[".repeat(150)}${"]".repeat(150)}\n`, 3, "The configuration is nested too deeply."],
    ["[".repeat(50_000), 1, "The file is nested too deeply."],
    [`# ${"x".repeat(2_200_000)}`, 1, "The file is too big."],
  ])("refuses %#", (text, line, message) => {
    const [first] = errorsOf(text);
    expect(first?.message.slice(0, message.length)).toBe(message);
    expect(first?.line).toBe(line);
    expect(first?.hint).not.toBe("");
  });

  it("names a header with inputs as unsupported", () => {
    const text = `spec:\n  inputs:\n    a:\n---\njob:\n  script: x\n`;
    expect(messagesOf(text)).toEqual([
      "1: 'spec' is not supported: inputs of a whole file are not available. -> Use variables with default values, or inputs: in a job.",
    ]);
  });

  it("warns of a second document", () => {
    expect(pipelineOf(`a: {script: x}\n---\nb: {script: x}\n`).warnings).toEqual([
      expect.stringContaining(":3: : only the first YAML document"),
    ]);
  });
});
