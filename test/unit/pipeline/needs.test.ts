import { describe, expect, it } from "vitest";
import { jobOf, messagesOf, namesOf, pipelineOf, valuesOf } from "./compiling.ts";

const build = "build: {stage: build, script: x}\n";

describe("needs", () => {
  it.each([
    ["[build]", [{ job: "build", artifacts: true, optional: false }]],
    ["[{job: build, artifacts: false}]", [{ job: "build", artifacts: false, optional: false }]],
    ["[[build]]", [{ job: "build", artifacts: true, optional: false }]],
    ["[]", []],
    ["[{job: gone, optional: true}]", []],
    ["[{job: out, optional: true}]", []],
  ])("%s is read", (needs, expected) => {
    const text = `${build}out: {script: x, rules: [{if: $NONE}]}\na: {script: x, needs: ${needs}}\n`;
    expect(jobOf(text, "a").needs).toEqual(expected);
  });

  it("is null without the keyword: the job waits for earlier stages", () => {
    expect(jobOf("a: {script: x}\n").needs).toBeNull();
  });

  it("may name a job of the same stage", () => {
    expect(jobOf("a: {script: x, needs: [b]}\nb: {script: x}\n", "a").needs).toHaveLength(1);
  });

  it.each([
    ["needs: [biuld]", "3: 'a' needs 'biuld', which does not exist. -> Did you mean 'build'?"],
    ["needs: [out]", "3: 'a' needs 'out', which is not part of this pipeline. -> Make the need optional"],
    ["{needs: [later], stage: build}", "'a' needs 'later' of the later stage 'deploy'."],
    ["needs: build", "needs has to be a list, not a text."],
    ["needs: [{artifacts: true}]", "The need names no job."],
    ["needs: [{job: build, optonal: true}]", "Did you mean 'optional'?"],
    [
      "needs: [{project: a/b, job: c, ref: main, artifacts: true}]",
      "'project' is not supported: artifacts of other projects",
    ],
    ["needs: {pipeline: a/b}", "'pipeline' is not supported"],
    ["needs: [a]", "The needs go in a circle: a -> a."],
    [`needs: [${Array.from({ length: 51 }, () => "build").join(", ")}]`, "The job needs 51 others."],
    ["rules: [{if: $CI_COMMIT_BRANCH, needs: [nope]}]", "'a' needs 'nope', which does not exist."],
    ["dependencies: [nope]", "'a' depends on 'nope', which does not exist."],
    ["{dependencies: [later], stage: build}", "'a' depends on 'later' of the later stage 'deploy'."],
    ["{dependencies: [build], needs: [out]}", "'a' depends on 'build' without needing it."],
  ])("%s is refused", (line, message) => {
    const keywords = line.replace(/^\{(.*)\}$/s, "$1");
    const out = "out: {script: x, stage: build, rules: [{if: $NONE}]}\n";
    const text = `${build}${out}a: {script: x, ${keywords}}\nlater: {script: x, stage: deploy}\n`;
    expect(messagesOf(text)[0]).toContain(message);
  });

  it("names the way round a circle", () => {
    const text = "a: {script: x, needs: [b]}\nb: {script: x, needs: [c]}\nc: {script: x, needs: [a]}\n";
    expect(messagesOf(text)).toEqual(["3: The needs go in a circle: a -> b -> c -> a. -> Remove one of these needs."]);
  });

  it("takes a long chain", () => {
    const jobs = Array.from(
      { length: 3000 },
      (_, index) => `j${index}: {script: x, needs: [${index === 0 ? "" : `j${index - 1}`}]}`,
    );
    expect(pipelineOf(`${jobs.toReversed().join("\n")}\n`).jobs).toHaveLength(3000);
  });
});

describe("dependencies", () => {
  it.each([
    ["dependencies: [build]", ["build"]],
    ["dependencies: []", []],
    ["dependencies: [build, out]", ["build"]],
    ["needs: [build], dependencies: [build]", ["build"]],
    ["tags: []", null],
  ])("%s", (line, expected) => {
    const text = `${build}out: {stage: build, script: x, rules: [{if: $NONE}]}\na: {script: x, ${line}}\n`;
    expect(jobOf(text, "a").dependencies).toEqual(expected);
  });
});

describe("parallel", () => {
  it("makes numbered jobs", () => {
    const { jobs } = pipelineOf("a: {script: x, parallel: 3}\n");
    expect(jobs.map((job) => [job.name, job.baseName, job.parallel])).toEqual([
      ["a 1/3", "a", { index: 1, total: 3 }],
      ["a 2/3", "a", { index: 2, total: 3 }],
      ["a 3/3", "a", { index: 3, total: 3 }],
    ]);
  });

  it("makes a job of every combination of every row of a matrix", () => {
    const text = `
variables: {PROVIDER: top}
a:
  script: x
  variables: {STACK: job, OTHER: job}
  parallel:
    matrix:
      - PROVIDER: aws
        STACK: [monitoring, app1]
      - PROVIDER: [gcp, 7]
`;
    const { jobs } = pipelineOf(text);
    expect(jobs.map((job) => [job.name, valuesOf(job)])).toEqual([
      ["a: [aws, monitoring]", { PROVIDER: "aws", STACK: "monitoring", OTHER: "job" }],
      ["a: [aws, app1]", { PROVIDER: "aws", STACK: "app1", OTHER: "job" }],
      ["a: [gcp]", { PROVIDER: "gcp", STACK: "job", OTHER: "job" }],
      ["a: [7]", { PROVIDER: "7", STACK: "job", OTHER: "job" }],
    ]);
    expect(jobs[3]?.parallel).toEqual({ index: 4, total: 4 });
  });

  it("varies the first variable of a row slowest", () => {
    expect(namesOf("a: {script: x, parallel: {matrix: [{OS: [linux, mac], ARCH: [arm, x86]}]}}\n")).toEqual([
      "a: [linux, arm]",
      "a: [linux, x86]",
      "a: [mac, arm]",
      "a: [mac, x86]",
    ]);
  });

  it("lets rules see the variables of the matrix", () => {
    const text = "a: {script: x, parallel: {matrix: [{OS: [linux, mac]}]}, rules: [{if: $OS == 'mac'}]}\n";
    expect(namesOf(text)).toEqual(["a: [mac]"]);
  });

  const matrix = "parallel: {matrix: [{OS: [linux, mac], ARCH: [arm, x86]}]}";

  it.each([
    ["needs: [m]", ["m"]],
    ["needs: ['m: [linux, arm]']", ["m: [linux, arm]"]],
    ["needs: [{job: m, parallel: {matrix: [{OS: mac, ARCH: [arm, x86]}]}}]", ["m: [mac, arm]", "m: [mac, x86]"]],
  ])("can be needed as a whole or in part: %s", (needs, expected) => {
    const text = `m: {script: x, stage: build, ${matrix}}\na: {script: x, ${needs}}\n`;
    expect(jobOf(text, "a").needs?.map((need) => need.job)).toEqual(expected);
  });

  it("can be needed as far as the rules leave them only where the need is optional", () => {
    const partly = "m: {script: x, parallel: {matrix: [{OS: [linux, mac]}]}, rules: [{if: $OS == 'mac'}]}\n";
    expect(messagesOf(`${partly}a: {script: x, needs: [m]}\n`)[0]).toContain("'a' needs 'm', which is not part");
    expect(jobOf(`${partly}a: {script: x, needs: [{job: m, optional: true}]}\n`, "a").needs).toEqual([
      { job: "m: [mac]", artifacts: true, optional: true },
    ]);
  });

  it("can be needed one for one by matrix expressions", () => {
    const expression = "{OS: ['$[[ matrix.OS ]]'], ARCH: ['$[[ matrix.ARCH ]]']}";
    const text = `m: {script: x, stage: build, ${matrix}}\na: {script: x, ${matrix}, needs: [{job: m, parallel: {matrix: [${expression}]}}]}\n`;
    expect(jobOf(text, "a: [mac, arm]").needs).toEqual([{ job: "m: [mac, arm]", artifacts: true, optional: false }]);
    const wrong = text.replace("matrix.OS ]]", "matrix.SO ]]");
    expect(messagesOf(wrong)[0]).toContain("names no variable of this job's own matrix.");
  });

  it.each([
    ["parallel: 0", "Write a number from 1 to 200."],
    ["parallel: 201", "Write a number from 1 to 200."],
    ["parallel: {matrx: []}", "Did you mean 'matrix'?"],
    ["parallel: {matrix: {A: [1]}}", "matrix has to be a list of maps."],
    ["parallel: {matrix: [A]}", "A row of the matrix is a map of variables, not a text."],
    ["parallel: {matrix: [{A: []}]}", "A has no values."],
    [`parallel: {matrix: [{A: [${"1, ".repeat(15)}], B: [${"1, ".repeat(15)}]}]}`, "The matrix makes 225 jobs."],
    ["needs: [{job: b, parallel: {}}]", "needs:parallel has no matrix."],
  ])("is refused as %s", (line, message) => {
    expect(messagesOf(`b: {script: x}\na: {script: x, ${line}}\n`).join("\n")).toContain(message);
  });
});
