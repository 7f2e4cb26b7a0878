import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withGivenInputs } from "../../../src/pipeline/given-inputs.ts";
import { jobOf, messagesOf, pipelineOf } from "./compiling.ts";

const script = "  script: echo ${{ job.inputs.target }}\n";
const withInput = (...lines: string[]) =>
  `deploy:\n${script}  inputs:\n    target:\n${lines.map((line) => `      ${line}\n`).join("")}`;

describe("the inputs of a job", () => {
  it("have their type, their default, and what a value must be", () => {
    const { inputs } = jobOf(
      `deploy:\n${script}  inputs:\n` +
        `    target: {default: staging, options: [staging, production], description: where to}\n` +
        `    version: {default: v1.2, regex: '^v\\d+'}\n` +
        `    replicas: {type: number, default: 2, options: [1, 2, 3]}\n` +
        `    ratio: {type: number, default: 0.5}\n` +
        `    dry-run: {type: boolean, default: yes}\n` +
        `    hosts: {type: array, default: [a, 1, true, {b: [c]}]}\n` +
        `    empty: {default: ""}\n`,
    );
    expect(inputs).toEqual([
      { key: "target", type: "string", value: "staging", options: ["staging", "production"], regex: null },
      { key: "version", type: "string", value: "v1.2", options: null, regex: "^v\\d+" },
      { key: "replicas", type: "number", value: 2, options: [1, 2, 3], regex: null },
      { key: "ratio", type: "number", value: 0.5, options: null, regex: null },
      { key: "dry-run", type: "boolean", value: true, options: null, regex: null },
      { key: "hosts", type: "array", value: ["a", 1, true, { b: ["c"] }], options: null, regex: null },
      { key: "empty", type: "string", value: "", options: null, regex: null },
    ]);
  });

  it("come from what the job extends, one by one", () => {
    const text = `.base:\n  inputs: {a: {default: "1"}, b: {default: "2"}}\njob:\n  extends: .base\n  script: x\n  inputs: {b: {default: "3"}}\n`;
    expect(jobOf(text).inputs.map(({ key, value }) => [key, value])).toEqual([
      ["a", "1"],
      ["b", "3"],
    ]);
  });

  it.each([
    [["description: none"], "The input 'target' of a job has no default."],
    [["default:"], "The input 'target' of a job has no default."],
    [["default: 3"], "An input of the type string has no value that is the number 3."],
    [["type: number", 'default: "3"'], "An input of the type number has no value that is a text."],
    [["type: number", "default: .inf"], "An input of the type number has no value that is the number Infinity."],
    [["type: boolean", 'default: "true"'], "An input of the type boolean has no value that is a text."],
    [["type: array", "default: {}"], "An input of the type array has no value that is a map."],
    [["type: struct", "default: {}"], "'struct' is not one of the values of 'type'."],
    [["default: a", "options: [b, c]"], `The default of the input 'target' is none of its options: "b", "c".`],
    [["default: a", "options: b"], "options is a list of values, not a text."],
    [["default: a", `options: [a${", a".repeat(50)}]`], "options is a list of values, not 51 values."],
    [["default: a", "regex: '^b$'"], "The default of the input 'target' does not match ^b$."],
    [["default: a", "regex: '('"], "The regular expression is not valid: "],
    [["type: number", "default: 1", "regex: '1'"], "regex goes with inputs that are texts only."],
    [["default: a", "defualt: b"], "'defualt' is not a keyword of an input."],
  ])("are refused with what is wrong: %j", (lines, message) => {
    expect(messagesOf(withInput(...lines)).join("\n")).toContain(message);
  });

  it("are a map of maps", () => {
    expect(messagesOf(`a:\n${script}  inputs: [b]\n`)[0]).toContain("inputs has to be a map");
    expect(messagesOf(`a:\n${script}  inputs: {b: c}\n`)[0]).toContain("An input is a map, not a text.");
    expect(messagesOf(`a:\n${script}  inputs: {b c: {default: d}}\n`)[0]).toContain("'b c' is no name of an input.");
  });
});

describe("a value that is given", () => {
  const pipeline = pipelineOf(
    `one:\n  script: x\n  inputs: {target: {default: a, options: [a, b]}, count: {type: number, default: 1}}\n` +
      `two:\n  script: x\n  inputs: {target: {default: a}, hosts: {type: array, default: []}, dry: {type: boolean, default: true}}\n`,
  );
  const given = (...pairs: [string, string][]) => {
    const result = withGivenInputs(pipeline, new Map(pairs));
    if ("fault" in result) return `${result.fault.message}; ${result.fault.hint}`;
    return result.pipeline.jobs.map(({ inputs }) => Object.fromEntries(inputs.map(({ key, value }) => [key, value])));
  };

  it("goes to every job that has the input, as its type has it", () => {
    expect(given(["target", "b"], ["count", "3"], ["hosts", '["x", 1]'], ["dry", "false"])).toEqual([
      { target: "b", count: 3 },
      { target: "b", hosts: ["x", 1], dry: false },
    ]);
    expect(given()).toEqual([
      { target: "a", count: 1 },
      { target: "a", hosts: [], dry: true },
    ]);
  });

  it.each<[string, string, RegExp]>([
    ["target", "c", /^the value of the input "target" of the job one is none of its options: "a", "b"; /],
    ["count", "many", /of the job one is no number; numbers, true, false and lists are written as in JSON/],
    ["count", '"3"', /is no number/],
    ["count", "1e999", /is no number/],
    ["dry", "yes", /of the job two is no boolean/],
    ["hosts", "x", /is no array/],
    ["tagret", "b", /^no job of this pipeline has an input "tagret"; did you mean target\?$/],
  ])("is refused where %s can't be %j", (key, text, message) => {
    expect(given([key, text])).toMatch(message);
  });

  it("says how to have inputs where there are none", () => {
    expect(withGivenInputs(pipelineOf("a: {script: x}"), new Map([["b", "c"]]))).toEqual({
      fault: { message: 'no job of this pipeline has an input "b"', hint: "give a job `inputs:` with this name" },
    });
  });

  it("is a text as it stands, whatever that is", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const result = withGivenInputs(
          pipelineOf(`a:\n  script: x\n  inputs: {b: {default: c}}\n`),
          new Map([["b", text]]),
        );
        expect("pipeline" in result ? result.pipeline.jobs[0]?.inputs[0]?.value : null).toBe(text);
      }),
    );
  });
});
