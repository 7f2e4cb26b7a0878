import { describe, expect, it } from "vitest";
import { errorsOf, messagesOf, pipelineOf } from "./compiling.ts";

describe("keywords", () => {
  it.each([
    ["a: {scrpt: x}\n", ["Did you mean 'script'?", "has no script"]],
    ["a: {script: x, when_: always}\n", ["1: 'when_' is not a keyword of a job. -> Did you mean 'when'?"]],
    [
      "varables: {A: b}\na: {script: x}\n",
      ["1: 'varables' is neither a keyword nor a job: it holds a map. -> Did you mean 'variables'?"],
    ],
    [
      "stagse: [a]\na: {script: x}\n",
      ["1: 'stagse' is neither a keyword nor a job: it holds a list. -> Did you mean 'stages'?"],
    ],
    ["something: 1\na: {script: x}\n", ["'something' is neither a keyword nor a job: it holds the number 1."]],
    ["constructor: {}\na: {script: x}\n", ["'constructor' is neither a keyword nor a job: it holds nothing."]],
    ["stages: [test]\n", ["The configuration has no job."]],
  ])("that are unknown are errors: %j", (text, messages) => {
    const found = messagesOf(text);
    for (const message of messages) expect(found.some((line) => line.includes(message))).toBe(true);
  });

  it.each([
    "trigger: a/b",
    "run: []",
    "secrets: {}",
    "id_tokens: {}",
    "identity: google_cloud",
    "dast_configuration: {}",
  ])("that cannot be had are errors with their line: %s", (line) => {
    const script = /^(?:trigger|run)/.test(line) ? "" : "  script: x\n";
    const [error] = errorsOf(`b: {script: x}\na:\n${script}  ${line}\n`);
    expect(error?.message).toMatch(new RegExp(`^'${line.split(":")[0] ?? ""}' is not supported: `));
    expect(error?.line).toBe(script === "" ? 3 : 4);
  });

  it("that cannot be had are warnings where the rules leave the job out", () => {
    const pipeline = pipelineOf("b: {script: x}\na:\n  trigger: a/b\n  rules: [{if: $NONE}]\n");
    expect(pipeline.jobs.map((job) => job.name)).toEqual(["b"]);
    expect(pipeline.warnings).toEqual([expect.stringMatching(/:3: jobs\.a\.trigger: 'trigger' is not supported/)]);
  });

  it.each(["release: {tag_name: v1}", "pages: true"])("that do nothing here are warnings: %s", (line) => {
    expect(pipelineOf(`a: {script: x, ${line}}\n`).warnings[0]).toMatch(/is ignored: .* here$/);
  });

  it("that GitLab only shows are accepted in silence", () => {
    const text =
      "a: {script: x, coverage: '/\\d+%/', interruptible: true, resource_group: g, artifacts: {expose_as: e, public: false, paths: [p]}}\n";
    expect(pipelineOf(text).warnings).toEqual([]);
  });

  it("of a template are reported once, however many jobs extend it", () => {
    const text = `.t:\n  script: x\n  retry: 9\na: {extends: .t}\nb: {extends: .t}\nc: {extends: .t}\n`;
    expect(errorsOf(text)).toHaveLength(1);
    expect(errorsOf(text)[0]).toMatchObject({ line: 3, path: "jobs.a.retry" });
  });
});
