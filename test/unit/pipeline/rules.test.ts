import { describe, expect, it } from "vitest";
import { jobOf, messagesOf, namesOf, pipelineOf, valuesOf, type Given } from "./compiling.ts";

/** A job under rules beside one that always runs. */
function withRules(rules: string, more = ""): string {
  return `always: {script: x}\na: {script: x, rules: ${rules}${more}}\n`;
}

describe("rules decide whether a job is part of the pipeline", () => {
  const files = { Dockerfile: "", "src/deep/a.ts": "", ".hidden/b.js": "" };
  const cases: [rules: string, part: boolean, given?: Given][] = [
    ["[{if: $CI_COMMIT_BRANCH == 'main'}]", true],
    ["[{if: $CI_COMMIT_TAG}]", false],
    ["[{when: never}, {when: always}]", false],
    ["[{if: $CI_COMMIT_TAG, when: never}, {when: on_success}]", true],
    ["[{if: $CI_PIPELINE_SOURCE == 'push'}]", true],
    ["[{exists: [Dockerfile]}]", true, { files }],
    ["[{exists: [src/*.ts]}]", false, { files }],
    ["[{exists: [src/**/*.ts]}]", true, { files }],
    ["[{exists: ['**/*.js']}]", true, { files }],
    ["[{exists: ['src/**']}]", false, { files }],
    ["[{exists: ['{Dockerfile,Makefile}']}]", true, { files }],
    ["[{exists: {paths: [$FILE]}}]", true, { files, variables: { FILE: "Dockerfile" } }],
    ["[{exists: [nothing]}]", false, { files }],
    ["[{changes: [src/**/*]}]", true, { changedFiles: ["src/deep/a.ts"] }],
    ["[{changes: [src/**/*]}]", false, { changedFiles: ["other"] }],
    ["[{changes: [src/**/*]}]", false, { changedFiles: [] }],
    ["[{changes: [src/**/*]}]", true, { changedFiles: null }],
    ["[{changes: {paths: ['*.md']}}]", true, { changedFiles: ["README.md"] }],
    [
      "[{changes: {paths: ['*.md'], compare_to: $BASE}}]",
      true,
      { changedFilesSince: (ref) => (ref === "dev" ? ["a.md"] : null), variables: { BASE: "dev" } },
    ],
    ["[{changes: {paths: ['*.md'], compare_to: dev}}]", false, { changedFilesSince: () => [] }],
    ["[{if: $CI_COMMIT_BRANCH, changes: [a], exists: [Dockerfile]}]", true, { files, changedFiles: ["a"] }],
    ["[{if: $CI_COMMIT_BRANCH, changes: [b], exists: [Dockerfile]}]", false, { files, changedFiles: ["a"] }],
    ["[[{if: $NONE}], [{if: $CI_COMMIT_BRANCH}]]", true],
    ["[{if: $CI_JOB_NAME == 'a' && $CI_JOB_STAGE == 'test'}]", true],
  ];
  it.each(cases)("%s: %s", (rules, part, given) => {
    expect(namesOf(withRules(rules), given)).toEqual(part ? ["always", "a"] : ["always"]);
  });

  it("compare variables in GitLab's order: predefined, top, job, and above them what the pipeline was given", () => {
    const text = `variables: {A: top, CI_X: top}\n${withRules("[{if: $A == $WANTED && $CI_X == 'top'}]", ", variables: {A: job}")}`;
    expect(namesOf(text, { variables: { CI_X: "predefined", WANTED: "job" } })).toContain("a");
    expect(namesOf(text, { variables: { A: "given", WANTED: "given" } })).toContain("a");
  });

  it("compare values as they are written, not expanded", () => {
    const text = `variables: {A: a, B: $A}\n${withRules("[{if: $B == '$A'}]")}`;
    expect(namesOf(text)).toContain("a");
  });
});

describe("a rule that holds sets", () => {
  it.each([
    ["[{when: manual}]", "", { when: "manual", allowFailure: false }],
    ["[{when: manual, allow_failure: true}]", "", { when: "manual", allowFailure: true }],
    ["[{if: $CI_COMMIT_BRANCH}]", ", when: manual", { when: "manual", allowFailure: true }],
    ["[{when: on_failure}]", ", when: manual", { when: "on_failure", allowFailure: true }],
    ["[{when: delayed, start_in: 5 minutes}]", "", { when: "delayed", startInSeconds: 300 }],
    ["[{allow_failure: false, if: $CI_COMMIT_BRANCH}]", ", allow_failure: {exit_codes: 3}", { allowFailure: false }],
    ["[{if: $CI_COMMIT_BRANCH}]", ", allow_failure: {exit_codes: 3}", { allowFailure: [3] }],
    [
      "[{if: $CI_COMMIT_BRANCH, needs: [always]}]",
      "",
      { needs: [{ job: "always", artifacts: true, optional: false }] },
    ],
    ["[{if: $CI_COMMIT_BRANCH, needs: []}]", ", needs: [always]", { needs: [] }],
    ["[{if: $CI_COMMIT_BRANCH}]", ", needs: [always]", { needs: [{ job: "always" }] }],
  ])("%s%s", (rules, more, expected) => {
    expect(jobOf(withRules(rules, more), "a")).toMatchObject(expected);
  });

  it("variables over those of the job", () => {
    const text = withRules("[{if: $CI_COMMIT_BRANCH, variables: {A: rule, N: 1}}]", ", variables: {A: job, B: job}");
    expect(valuesOf(jobOf(text, "a"))).toEqual({ A: "rule", B: "job", N: "1" });
  });
});

describe("rules that are wrong", () => {
  it.each([
    ["[]", "rules has to be a list with at least one rule."],
    ["{if: $A}", "rules has to be a list with at least one rule."],
    ["[{}]", "The rule is empty."],
    ["[{iff: $A}]", "'iff' is not a keyword of a rule. -> Did you mean 'if'?"],
    ["[{if: '$A ='}]", "Invalid condition, at character 4"],
    ["[{if: true}]", "A condition is a text, not the boolean true."],
    ["[{when: sometimes}]", "'sometimes' is not one of the values of 'when'."],
    ["[{when: delayed}]", "A delayed job needs start_in."],
    ["[{start_in: 1 day}]", "start_in goes with `when: delayed` only."],
    ["[{changes: {compare_to: main}}]", "'changes' names no paths."],
    ["[{exists: {paths: [a], project: b}}]", "'project' is not supported"],
    ["[{allow_failure: {exit_codes: 1}}]", "rules:allow_failure is true or false, not a map."],
    ["[{variables: {A: {value: b}}}]", "The variable A has to be a text here, not a map."],
    [`[{exists: [${Array.from({ length: 51 }, (_, index) => `f${index}`).join(", ")}]}]`, "The list has 51 paths."],
    ["[{when: always}], only: [main]", "'only' cannot be used together with rules."],
    ["[{when: always}], except: [main]", "'except' cannot be used together with rules."],
  ])("%s is refused", (rules, message) => {
    expect(messagesOf(withRules(rules)).join("\n")).toContain(message);
  });

  it("name a ref of compare_to that does not exist", () => {
    const given: Given = { changedFilesSince: () => null };
    const text = withRules("[{changes: {paths: [a], compare_to: gone}}]");
    expect(messagesOf(text, given)[0]).toContain("compare_to: 'gone' is no ref of this repository.");
  });

  it("leave a pipeline without jobs, which is an error", () => {
    expect(messagesOf("a: {script: x, rules: [{if: $NONE}]}\n")[0]).toContain(
      "The pipeline has no job: the only job is left out",
    );
  });
});

describe("workflow", () => {
  it("sets variables over those of the top, under those of the job", () => {
    const text = `
workflow:
  name: shown only
  auto_cancel: {on_new_commit: none}
  rules:
    - if: $CI_COMMIT_TAG
      variables: {A: tag}
    - if: $TOP == "t"
      variables: {A: workflow, B: workflow}
variables: {A: top, TOP: t}
a: {script: x, variables: {B: job}, rules: [{if: $A == "workflow"}]}
`;
    expect(valuesOf(jobOf(text))).toEqual({ A: "workflow", TOP: "t", B: "job" });
  });

  it.each(["[{if: $NONE}]", "[{when: never}]", "[{if: $CI_COMMIT_BRANCH, when: never}, {when: always}]"])(
    "keeps the pipeline from being created: %s",
    (rules) => {
      expect(messagesOf(`workflow: {rules: ${rules}}\na: {script: x}\n`)).toEqual([
        expect.stringContaining("workflow:rules keep this pipeline from being created."),
      ]);
    },
  );

  it.each([
    ["{rules: [{when: manual}]}", "'manual' is not one of the values of 'when'. -> Use always, never."],
    ["{rules: [{allow_failure: true}]}", "'allow_failure' is not a keyword of a rule."],
    ["{rule: []}", "'rule' is not a keyword of 'workflow'. -> Did you mean 'rules'?"],
    ["[a]", "workflow has to be a map"],
  ])("is refused as %s", (workflow, message) => {
    expect(messagesOf(`workflow: ${workflow}\na: {script: x}\n`)[0]).toContain(message);
  });

  it("lets jobs without only run for merge requests", () => {
    const given: Given = { ref: { name: "main", type: "branch", source: "merge_request_event" } };
    const job = "a: {script: x}\n";
    expect(pipelineOf(`workflow: {rules: [{when: always}]}\n${job}`, given).jobs).toHaveLength(1);
    expect(messagesOf(job, given)[0]).toContain("The pipeline has no job");
  });
});
